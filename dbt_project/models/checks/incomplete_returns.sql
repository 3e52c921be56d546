-- One row a return of a form that leaves out open schools of its unit, told at the latest document of the form.
{{ config(materialized="view") }}

with

latest_of_form as (
    select
        collection_id,
        unit_code,
        form,
        reading_id
    from {{ ref('part_versions') }}
    where not is_replaced
    qualify row_number() over (partition by collection_id, unit_code, form order by arrival_no desc, school_id asc) = 1
),

left_out as (
    select
        latest_of_form.reading_id,
        latest_of_form.form,
        schools.school_id || ' ' || schools.school_name as label,
        row_number() over (partition by latest_of_form.reading_id, latest_of_form.form order by schools.school_id) as place
    from {{ ref('missing_schools') }} as schools
    inner join latest_of_form
        on
            schools.collection_id = latest_of_form.collection_id
            and schools.unit_code = latest_of_form.unit_code
            and schools.form = latest_of_form.form
)

select
    reading_id,
    form,
    {{ first_ten('label', 'place', '所学校') }} as detail
from left_out
group by reading_id, form
