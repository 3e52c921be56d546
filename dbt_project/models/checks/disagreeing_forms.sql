-- One row a unit and stage whose return on disabled children has many more or fewer at school than its student roster says
-- are disabled, told at what is current of that return.
{{ config(materialized="view") }}

with

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
)

select
    parts.reading_id,
    parts.form,
    children.stage,
    children.stage_zh || '：本表已入学 ' || cast(children.enrolled as string) || ' 人，学生名册中残疾学生 '
    || cast(coalesce(on_rosters.pupils, 0) as string) || ' 人' as detail
from {{ ref('fct_disabled_children') }} as children
inner join {{ ref('part_versions') }} as parts
    on
        children.collection_id = parts.collection_id
        and children.unit_code = parts.unit_code
        and parts.form = 'disabled_children'
        and not parts.is_replaced
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
