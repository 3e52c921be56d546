-- One row a question to a unit about a return as a whole or a school in it, told at the latest document that it is about:
-- no register, schools left out, a school that changed much since the collection before, two forms that disagree.
with

latest_of_form as (
    select
        collection_id,
        unit_code,
        form,
        reading_id
    from {{ ref('part_versions') }}
    where not is_replaced
    qualify row_number() over (partition by collection_id, unit_code, form order by arrival_no desc, school_id asc) = 1
),

registers as (
    select distinct
        readings.collection_id,
        readings.unit_code
    from {{ source('landing', 'sheets') }} as sheets
    inner join {{ source('landing', 'readings') }} as readings on sheets.reading_id = readings.reading_id
    where sheets.form = 'school_register' and sheets.is_accepted
),

-- Asked once a unit: at the latest document with schools in it, whoever's they are.
judged_by_the_year_before as (
    select
        parts.reading_id,
        parts.form
    from {{ ref('document_parts') }} as parts
    left join registers on parts.collection_id = registers.collection_id and parts.unit_code = registers.unit_code
    where registers.unit_code is null and parts.school_id is not null and not parts.is_replaced
    qualify
        row_number() over (
            partition by parts.collection_id, parts.unit_code order by parts.arrival_no desc, parts.form asc, parts.school_id asc
        ) = 1
),

left_out as (
    select
        latest_of_form.reading_id,
        latest_of_form.form,
        schools.school_id || ' ' || schools.school_name as label,
        row_number() over (partition by latest_of_form.reading_id, latest_of_form.form order by schools.school_id) as place
    from {{ ref('missing_schools') }} as schools
    inner join latest_of_form
        on
            schools.collection_id = latest_of_form.collection_id
            and schools.unit_code = latest_of_form.unit_code
            and schools.form = latest_of_form.form
),

incomplete as (
    select
        reading_id,
        form,
        {{ first_ten('label', 'place', '所学校') }} as detail
    from left_out
    group by reading_id, form
),

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
),

year_on_year as (
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
),

on_rosters as (
    select
        pupils.collection_id,
        pupils.unit_code,
        case grades.group
            when 'preschool' then 'preschool'
            when 'primary' then 'compulsory'
            when 'junior' then 'compulsory'
            when 'senior' then 'senior'
            when 'vocational' then 'senior'
        end as stage,
        count(*) as pupils
    from {{ ref('stg_student_roster') }} as pupils
    inner join {{ ref('codes') }} as grades on grades.code_list = 'grade' and pupils.grade = grades.code
    where pupils.disability <> 'none'
    group by all
),

across_forms as (
    select
        latest_of_form.reading_id,
        latest_of_form.form,
        children.stage,
        children.stage_zh || '：本表已入学 ' || cast(children.enrolled as string) || ' 人，学生名册中残疾学生 '
        || cast(coalesce(on_rosters.pupils, 0) as string) || ' 人' as detail
    from {{ ref('fct_disabled_children') }} as children
    inner join latest_of_form
        on
            children.collection_id = latest_of_form.collection_id
            and children.unit_code = latest_of_form.unit_code
            and latest_of_form.form = 'disabled_children'
    inner join {{ ref('form_arrivals') }} as rosters
        on
            children.collection_id = rosters.collection_id
            and children.unit_code = rosters.unit_code
            and rosters.form = 'student_roster'
    left join on_rosters
        on
            children.collection_id = on_rosters.collection_id
            and children.unit_code = on_rosters.unit_code
            and children.stage = on_rosters.stage
    where
        abs(children.enrolled - coalesce(on_rosters.pupils, 0))
        > {{ threshold('unit.across_forms', 'difference_share') }} * children.enrolled
        and abs(children.enrolled - coalesce(on_rosters.pupils, 0)) >= {{ threshold('unit.across_forms', 'difference_count') }}
)

select
    reading_id,
    form,
    'unit.register_missing' as check_id,
    cast(null as string) as subject,
    cast(null as string) as detail
from judged_by_the_year_before

union all

select
    reading_id,
    form,
    'unit.incomplete' as check_id,
    cast(null as string) as subject,
    detail
from incomplete

union all

select
    reading_id,
    form,
    'unit.year_on_year' as check_id,
    school_id as subject,
    detail
from year_on_year

union all

select
    reading_id,
    form,
    'unit.across_forms' as check_id,
    stage as subject,
    detail
from across_forms
