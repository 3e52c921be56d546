-- One row a row of a roster: codes instead of labels and a date instead of its text; what was sent stays beside them.
with

codes as (
    select * from {{ source('raw', 'code_spellings') }}
)

select
    sent.collection_id,
    sent.unit_code,
    sent.row_number,
    sent.student_key,
    sent.name_fault,
    sent.student_id_fault,
    sent.id_number_fault,
    sent.birth_date_fault,
    sent.school_id,
    sent.class_name,
    sent.birth_date as sent_birth_date,
    try_cast(left(sent.birth_date, 10) as date) as birth_date,
    {% for column in var('coded') -%}
    sent.{{ column }} as sent_{{ column }},
    {{ column }}_codes.code as {{ column }},
    {% endfor -%}
    grade_codes.code_group as stage
from {{ source('raw', 'student_roster') }} as sent
{% for column in var('coded') -%}
left join codes as {{ column }}_codes
    on {{ column }}_codes.code_list = '{{ column }}' and sent.{{ column }} = {{ column }}_codes.spelling
{% endfor %}
