-- One row a metric, collection, unit and school (where it is counted by school): 学前教育补短提升工程. Recognitions are counted in `recognised`.
with

schools as (
    {{ open_schools({'fct_school_practice': ['inspected']}) }}
),

projects_in_use as (
    select projects.*
    from {{ ref('fct_kindergarten_project') }} as projects
    inner join {{ ref('collections') }} as collections on projects.collection_id = collections.collection_id
    where
        projects.commissioned_on >= cast('{{ var("plan_starts_on") }}' as date)
        and projects.commissioned_on <= collections.as_of_date
),

children as (
    select
        enrollment.*,
        schools.ownership,
        schools.inclusive
    from {{ ref('fct_enrollment') }} as enrollment
    left join {{ ref('dim_school') }} as schools
        on
            enrollment.collection_id = schools.collection_id
            and enrollment.unit_code = schools.unit_code
            and enrollment.school_id = schools.school_id
    where enrollment.stage = 'preschool'
),

townships as (
    select
        collection_id,
        unit_code,
        township_key,
        count(*) filter (where is_open and school_type = '111' and ownership = 'public') > 0 as has_public_kindergarten
    from {{ ref('dim_school') }}
    group by all
)

select
    'new_kindergartens' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    count(distinct project_no) filter (where kind = 'new') as numerator,
    cast(null as bigint) as denominator
from projects_in_use
group by all

union all

select
    'new_kindergarten_places' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    sum(places_added) as numerator,
    cast(null as bigint) as denominator
from projects_in_use
group by all

union all

{{ share_of('public_kindergarten_children_share', 'children', "sum(pupils) filter (where ownership = 'public')", 'sum(pupils)') }}

union all

{{
    share_of(
        'inclusive_kindergarten_children_share',
        'children',
        "sum(pupils) filter (where ownership = 'public' or (ownership = 'private' and inclusive))",
        'sum(pupils)',
    )
}}

union all

select
    'township_public_centre_kindergarten' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    count(*) filter (where has_public_kindergarten) as numerator,
    count(*) as denominator
from townships
group by all

union all

{{ share_of_schools('kindergarten_inspection_coverage', 'kindergartens', 'inspected') }}
