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
where schools.urban_rural_group = 'rural' and {{ in_school_set('compulsory_in_full', 'schools') }}
group by all

union all

{{ share_of_schools('internet_plus_coverage', 'compulsory_in_full', 'internet_plus') }}

union all

{{ share_of_schools('late_start_primary', 'with_primary_grades', 'late_start') }}

union all

{{ share_of_schools('after_school_care', 'with_primary_grades', 'after_school_care') }}
