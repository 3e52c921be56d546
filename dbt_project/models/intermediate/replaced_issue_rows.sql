-- One row a row that the reader found fault with and whose place a later document has taken.
with

rows_with_issues as (
    select distinct
        reading_id,
        form,
        sheet_no,
        row_number
    from {{ source('landing', 'issues') }}
    where row_number is not null
)

{% for form in forms() %}
select
    given.reading_id,
    '{{ form }}' as form,
    given.sheet_no,
    given.row_number
from {{ given_rows(form) }}
inner join rows_with_issues as issues
    on
        issues.form = '{{ form }}'
        and given.reading_id = issues.reading_id
        and given.sheet_no = issues.sheet_no
        and given.row_number = issues.row_number
where parts.is_replaced
{{ 'union all' if not loop.last }}
{% endfor %}
