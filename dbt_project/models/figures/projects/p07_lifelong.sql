-- One row a metric, collection, unit and school (where it is counted by school): 终身教育. Recognitions are counted in `recognised`.
select
    'county_elder_university' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    case when count(*) filter (where kind = 'senior_university') > 0 then 1 else 0 end as numerator,
    cast(null as bigint) as denominator
from {{ ref('fct_community_school') }}
group by all

union all

select
    'modern_adult_school_share' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    count(*) filter (where province_modernised) as numerator,
    count(*) as denominator
from {{ ref('fct_community_school') }}
where kind = 'adult_school'
group by all
