-- One row a metric, collection and unit: 教育开放合作工程. Recognitions are counted in `recognised`.
select
    'international_students' as metric_id,
    collection_id,
    unit_code,
    sum(long_term + short_term) as numerator,
    cast(null as bigint) as denominator
from {{ ref('fct_overseas_students') }}
group by all

union all

select
    'teacher_overseas_share' as metric_id,
    collection_id,
    unit_code,
    sum(overseas_study) as numerator,
    sum(teachers) as denominator
from {{ ref('fct_teacher_qualification') }}
where post = 'teaching' and stage_taught in ('primary', 'junior', 'senior')
group by all

union all

select
    'sister_school_share' as metric_id,
    schools.collection_id,
    schools.unit_code,
    count(*) filter (where practice.overseas_partner) as numerator,
    count(*) as denominator
from {{ ref('dim_school') }} as schools
left join {{ ref('fct_school_practice') }} as practice
    on
        schools.collection_id = practice.collection_id
        and schools.unit_code = practice.unit_code
        and schools.school_id = practice.school_id
where schools.is_open and schools.school_type_group in ('compulsory', 'senior')
group by all
