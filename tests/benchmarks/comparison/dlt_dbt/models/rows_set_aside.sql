-- One row a row with an error, and why.
with

reasons as (
    select
        collection_id,
        unit_code,
        row_number,
        string_agg(check_id || ' ' || column_name, '; ' order by column_name, check_id) as reason
    from {{ ref('row_faults') }}
    where severity = 'error'
    group by all
)

select
    pupils.collection_id,
    pupils.unit_code,
    pupils.row_number,
    pupils.student_key,
    pupils.school_id,
    pupils.class_name,
    pupils.stage,
    date_trunc('month', pupils.birth_date) as birth_month,
    {% for column in var('coded') -%}
    pupils.{{ column }},
    {% endfor -%}
    reasons.reason
from {{ ref('stg_roster') }} as pupils
inner join reasons
    on
        pupils.collection_id = reasons.collection_id
        and pupils.unit_code = reasons.unit_code
        and pupils.row_number = reasons.row_number
