-- One row a pupil: the rows without an error.
select
    pupils.collection_id,
    pupils.unit_code,
    pupils.row_number,
    pupils.student_key,
    pupils.school_id,
    pupils.class_name,
    pupils.stage,
    {% for column in var('coded') -%}
    pupils.{{ column }},
    {% endfor -%}
    date_trunc('month', pupils.birth_date) as birth_month
from {{ ref('stg_roster') }} as pupils
anti join {{ ref('rows_set_aside') }} as set_aside
    on
        pupils.collection_id = set_aside.collection_id
        and pupils.unit_code = set_aside.unit_code
        and pupils.row_number = set_aside.row_number
