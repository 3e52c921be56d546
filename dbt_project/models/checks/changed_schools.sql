-- One row a school and roster with many more or fewer people than in the collection before, told at what is current of it.
{{ config(materialized="view") }}

with

people as (
    select
        'student_roster' as form,
        collection_id,
        unit_code,
        school_id,
        sum(pupils) as people
    from {{ ref('fct_enrollment') }}
    group by all

    union all

    select
        'teacher_roster' as form,
        collection_id,
        unit_code,
        school_id,
        sum(teachers) as people
    from {{ ref('fct_teacher_qualification') }}
    group by all
),

calendar as (
    select
        collection_id,
        lag(collection_id) over (order by reference_date) as previous_collection_id
    from {{ ref('collections') }}
),

changed as (
    select
        now.form,
        now.collection_id,
        now.unit_code,
        now.school_id,
        now.people,
        before.people as people_before
    from people as now
    inner join calendar on now.collection_id = calendar.collection_id
    inner join people as before
        on
            calendar.previous_collection_id = before.collection_id
            and now.form = before.form
            and now.unit_code = before.unit_code
            and now.school_id = before.school_id
    where
        abs(now.people - before.people) > {{ threshold('unit.year_on_year', 'change_share') }} * before.people
        and abs(now.people - before.people) > {{ threshold('unit.year_on_year', 'change_count') }}
)

select
    parts.reading_id,
    changed.form,
    changed.school_id,
    changed.school_id || coalesce(' ' || schools.school_name, '') || ' 上年 ' || cast(changed.people_before as string)
    || ' 人，本年 ' || cast(changed.people as string) || ' 人' as detail
from changed
inner join {{ ref('part_versions') }} as parts
    on
        changed.collection_id = parts.collection_id
        and changed.unit_code = parts.unit_code
        and changed.form = parts.form
        and changed.school_id = parts.school_id
        and not parts.is_replaced
left join {{ ref('dim_school') }} as schools
    on
        changed.collection_id = schools.collection_id
        and changed.unit_code = schools.unit_code
        and changed.school_id = schools.school_id
