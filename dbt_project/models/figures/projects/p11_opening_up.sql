-- One row a metric, collection, unit and school (where it is counted by school): 教育开放合作工程. Recognitions are counted in `recognised`.
with

schools as (
    {{ open_schools({'fct_school_practice': ['overseas_partner']}) }}
)

select
    'international_students' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    sum(long_term + short_term) as numerator,
    cast(null as bigint) as denominator
from {{ ref('fct_overseas_students') }}
group by all

union all

select
    'teacher_overseas_share' as metric_id,
    collection_id,
    unit_code,
    school_id,
    sum(overseas_study) as numerator,
    sum(teachers) as denominator
from {{ ref('fct_teacher_qualification') }}
where post = 'teaching' and stage_taught in ('primary', 'junior', 'senior')
group by all

union all

select
    'sister_school_share' as metric_id,
    collection_id,
    unit_code,
    school_id,
    count(*) filter (where overseas_partner) as numerator,
    count(*) as denominator
from schools
where school_type_group in ('compulsory', 'senior')
group by all
