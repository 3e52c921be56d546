-- One row a row of a roster whose person stands in another row of the collection too, of those that were accepted and are
-- not replaced: the few rows among which duplicates, and pupils of two units, are looked for. Who has left is compared only
-- with others who have.
{% for form, about in forms().items() if about.is_person %}
{%- set counts = 'given.is_counted' if about.has_leavers else 'true' %}
{%- set person = hash_of(['parts.collection_id', counts, 'given.' ~ about.key[0]]) %}
select
    '{{ form }}' as form,
    given.reading_id,
    given.sheet_no,
    given.row_number,
    given.school_id,
    given.{{ about.key[0] }} as person_id,
    {{ counts }} as is_counted,
    parts.collection_id,
    parts.unit_code,
    parts.arrival_no
from {{ given_rows(form) }}
where
    given.is_accepted
    and not parts.is_replaced
    -- Numbers are grouped, which is what a country's pupils allow; two persons with one number only pass the sieve together.
    and {{ person }} in (
        select {{ person }}
        from {{ given_rows(form) }}
        where given.is_accepted and not parts.is_replaced
        group by all
        having count(*) > 1
    )
{{ 'union all' if not loop.last }}
{% endfor %}
