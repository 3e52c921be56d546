-- One row a metric, collection, unit and school (where it is counted by school): 义务教育优质均衡发展工程, what is measured
-- in sections of schools, classes and staff.
with

-- Special schools are left out of pupils and classes; a school of no known type is not.
pupils as (
    select
        stages.collection_id,
        stages.unit_code,
        stages.school_id,
        stages.stage,
        sum(stages.pupils) filter (where coalesce(stages.school_type_group, '') <> 'special') as pupils,
        sum(stages.teachers) as teachers
    from {{ ref('school_stages') }} as stages
    where stages.stage in ('primary', 'junior')
    group by all
),

classes as (
    select
        classes.collection_id,
        classes.unit_code,
        classes.school_id,
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
    where coalesce(schools.school_type_group, '') <> 'special'
    group by all
)

{{
    share_of(
        'seven_indicator_pass_schools', ref('balance_section_results'), 'count(*) filter (where passes)', 'count(*)'
    )
}}

union all

select
    'pupil_teacher_ratio_' || stage as metric_id,
    collection_id,
    unit_code,
    school_id,
    pupils as numerator,
    teachers as denominator
from pupils

union all

select
    'small_class_share_' || stage as metric_id,
    collection_id,
    unit_code,
    school_id,
    small_classes as numerator,
    classes as denominator
from classes
