-- One row a metric, collection, unit and school (where it is counted by school): 义务教育优质均衡发展工程, what schools do.
with

schools as (
    {{
        open_schools({
            'fct_broadband_connectivity': ['internet_plus'],
            'fct_school_practice': ['late_start', 'after_school_care'],
        })
    }}
),

communities_with_town_school as (
    select distinct
        collection_id,
        community_no
    from schools
    where urban_rural_group = 'urban' and community_no is not null
)

select
    'edu_community_coverage' as metric_id,
    schools.collection_id,
    schools.unit_code,
    schools.school_id,
    count(communities.community_no) as numerator,
    count(*) as denominator
from schools
left join communities_with_town_school as communities
    on schools.collection_id = communities.collection_id and schools.community_no = communities.community_no
where schools.urban_rural_group = 'rural' and schools.school_type in ('211', '311', '312')
group by all

union all

select
    'internet_plus_coverage' as metric_id,
    collection_id,
    unit_code,
    school_id,
    count(*) filter (where internet_plus) as numerator,
    count(*) as denominator
from schools
where school_type in ('211', '311', '312')
group by all

union all

select
    'late_start_primary' as metric_id,
    collection_id,
    unit_code,
    school_id,
    count(*) filter (where late_start) as numerator,
    count(*) as denominator
from schools
where school_type in ('211', '312', '345')
group by all

union all

select
    'after_school_care' as metric_id,
    collection_id,
    unit_code,
    school_id,
    count(*) filter (where after_school_care) as numerator,
    count(*) as denominator
from schools
where school_type in ('211', '312', '345')
group by all
