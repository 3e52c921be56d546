-- One row a metric, collection and unit: 教育开放合作工程. Recognitions are counted in `recognised`.
with

schools as (
    {{ open_schools({'fct_school_practice': ['overseas_partner']}) }}
)

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
    collection_id,
    unit_code,
    count(*) filter (where overseas_partner) as numerator,
    count(*) as denominator
from schools
where school_type_group in ('compulsory', 'senior')
group by all
