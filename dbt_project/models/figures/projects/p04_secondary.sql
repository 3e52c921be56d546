-- One row a metric, collection, unit and school (where it is counted by school): 高中段教育. Recognitions are counted in `recognised`.
select
    'voc_progression_rate' as metric_id,
    collection_id,
    unit_code,
    school_id,
    sum(graduates) filter (where destination in ('bachelor', 'college')) as numerator,
    sum(graduates) as denominator
from {{ ref('fct_vocational_destination') }}
group by all

union all

select
    'dual_qualified_share' as metric_id,
    collection_id,
    unit_code,
    school_id,
    sum(specialised_dual_qualified) as numerator,
    sum(specialised) as denominator
from {{ ref('fct_teacher_qualification') }}
where post = 'teaching' and stage_taught = 'vocational'
group by all

union all

select
    'quota_to_junior_share' as metric_id,
    collection_id,
    unit_code,
    school_id,
    sum(quota) as numerator,
    sum(planned) as denominator
from {{ ref('fct_admission_quota') }}
group by all
