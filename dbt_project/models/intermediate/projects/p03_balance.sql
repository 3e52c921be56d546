-- One row a metric, collection and unit: 义务教育优质均衡发展工程, but for the gap between town and country (p03_urban_rural).
with

schools as (
    select
        schools.*,
        connectivity.internet_plus,
        practice.late_start,
        practice.after_school_care
    from {{ ref('dim_school') }} as schools
    left join {{ ref('fct_broadband_connectivity') }} as connectivity
        on
            schools.collection_id = connectivity.collection_id
            and schools.unit_code = connectivity.unit_code
            and schools.school_id = connectivity.school_id
    left join {{ ref('fct_school_practice') }} as practice
        on
            schools.collection_id = practice.collection_id
            and schools.unit_code = practice.unit_code
            and schools.school_id = practice.school_id
    where schools.is_open
),

-- Special schools (type 511) are left out of pupils and classes; a school of no known type is not.
pupils as (
    select
        stages.collection_id,
        stages.unit_code,
        stages.stage,
        sum(stages.pupils) filter (where coalesce(stages.school_type, '') <> '511') as pupils,
        sum(stages.teachers) as teachers
    from {{ ref('school_stages') }} as stages
    where stages.stage in ('primary', 'junior')
    group by all
),

classes as (
    select
        classes.collection_id,
        classes.unit_code,
        classes.stage,
        count(*) filter (where classes.pupils <= limits.pupils_at_most) as small_classes,
        count(*) as classes
    from {{ ref('fct_class') }} as classes
    inner join {{ ref('class_size_limits') }} as limits on classes.stage = limits.stage
    left join {{ ref('dim_school') }} as schools
        on
            classes.collection_id = schools.collection_id
            and classes.unit_code = schools.unit_code
            and classes.school_id = schools.school_id
    where coalesce(schools.school_type, '') <> '511'
    group by all
),

communities_with_town_school as (
    select distinct
        collection_id,
        community_no
    from schools
    where urban_rural_group = 'urban' and community_no is not null
)

select
    'seven_indicator_pass_schools' as metric_id,
    collection_id,
    unit_code,
    count(*) filter (where passes) as numerator,
    count(*) as denominator
from {{ ref('balance_section_results') }}
group by all

union all

select
    'pupil_teacher_ratio_' || stage as metric_id,
    collection_id,
    unit_code,
    pupils as numerator,
    teachers as denominator
from pupils

union all

select
    'small_class_share_' || stage as metric_id,
    collection_id,
    unit_code,
    small_classes as numerator,
    classes as denominator
from classes

union all

select
    'edu_community_coverage' as metric_id,
    schools.collection_id,
    schools.unit_code,
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
    count(*) filter (where after_school_care) as numerator,
    count(*) as denominator
from schools
where school_type in ('211', '312', '345')
group by all
