{# The rows of a form as read (`given`) beside what is known of the part of the document that they stand in (`parts`);
   with `faults`, also the row's place among them (`faulty`: null for a row without a fault). #}
{% macro given_rows(form, faults=none) -%}
    {{ source('returns', form) }} as given
    inner join {{ ref('document_parts') }} as parts
        on
            given.reading_id = parts.reading_id
            and parts.form = '{{ form }}'
            and not parts.is_rejected
            {% if forms()[form].scope == 'school' -%}
            and given.school_id is not distinct from parts.school_id
            {%- endif %}
    {% if faults -%}
    left join (
        select distinct
            reading_id,
            sheet_no,
            row_number
        from {{ faults }}
        where form = '{{ form }}'
    ) as faulty
        on
            given.reading_id = faulty.reading_id
            and given.sheet_no = faulty.sheet_no
            and given.row_number = faulty.row_number
    {%- endif %}
{%- endmacro %}


{# The rows of a form that count: accepted by the reader, not replaced, without a cross-document fault, and where `also` holds. #}
{% macro current_rows(form, columns, faults='row_faults', also=none) -%}
    select
        parts.reading_id,
        parts.collection_id,
        parts.unit_code,
        parts.document_id,
        {%- for column in columns %}
        given.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ given_rows(form, ref(faults)) }}
    where
        given.is_accepted
        and not parts.is_replaced
        and faulty.reading_id is null
        {%- if also %}
        and {{ also }}
        {%- endif %}
{%- endmacro %}


{# Whether values of `given` and `parts` stand in more than one row of a form that is not replaced: a sieve before what is exact.
   Numbers are grouped, which is what a country's pupils allow; two combinations with one number would only pass it together. #}
{% macro stands_twice(form, values) -%}
    {{ hash_of(values) }} in (
        select {{ hash_of(values) }}
        from {{ given_rows(form) }}
        where given.is_accepted and not parts.is_replaced
        group by all
        having count(*) > 1
    )
{%- endmacro %}


{# Rows whose key stands in an earlier row of what is current for the unit: by order of documents, sheets and rows. #}
{% macro duplicate_rows(form, faults=none) -%}
    {%- set about = forms()[form] -%}
    select
        '{{ form }}' as form,
        given.reading_id,
        given.sheet_no,
        given.row_number,
        {% if about.scope == 'school' -%} given.school_id {%- else -%} cast(null as string) as school_id {%- endif %},
        'row.duplicate' as check_id,
        '{{ about.told_by }}' as column_name,
        '{{ about.heading_zh }}' as heading_zh,
        {% if about.is_person -%} cast(null as string) {%- else -%} cast(given.{{ about.told_by }} as string) {%- endif %} as value_masked,
        cast(null as string) as detail,
        given.is_accepted as was_accepted,
        parts.is_replaced
    from {{ given_rows(form, faults) }}
    where
        given.is_accepted
        and not parts.is_replaced
        {% if faults -%}
        and faulty.reading_id is null
        {%- endif %}
        {% if about.is_person -%}
        and {{ stands_twice(form, ['parts.collection_id', 'parts.unit_code', 'given.' ~ about.key[0]]) }}
        {%- endif %}
    qualify
        row_number() over (
            partition by
                parts.collection_id,
                parts.unit_code{% for column in about.key %},
                given.{{ column }}{% endfor %}
            order by parts.arrival_no, given.sheet_no, given.row_number
        ) > 1
{%- endmacro %}
