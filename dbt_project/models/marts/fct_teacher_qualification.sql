-- One row a school, post, stage taught, degree and kind of employment in a collection: teachers counted.
with

teachers as (
    select
        collection_id,
        unit_code,
        school_id,
        post,
        stage_taught,
        degree,
        establishment,
        count(*) as teachers,
        count(*) filter (where dual_qualified) as dual_qualified,
        count(*) filter (where backbone <> 'none') as backbone,
        count(*) filter (where overseas_study) as overseas_study,
        count(*) filter (where course_kind = 'specialised') as specialised,
        count(*) filter (where course_kind = 'specialised' and dual_qualified) as specialised_dual_qualified,
        count(*) filter (
            where subject like '%体育%' or subject like '%音乐%' or subject like '%美术%' or subject like '%艺术%'
        ) as arts_sports
    from {{ ref('stg_teacher_roster') }}
    group by all
)

select
    teachers.collection_id,
    teachers.unit_code,
    teachers.school_id,
    teachers.post,
    teachers.stage_taught,
    teachers.degree,
    degrees.group as degree_group,
    teachers.establishment,
    teachers.teachers,
    teachers.dual_qualified,
    teachers.backbone,
    teachers.overseas_study,
    teachers.specialised,
    teachers.specialised_dual_qualified,
    teachers.arts_sports,
    {{ label_of('post', 'teachers.post') }} as post_zh,
    {{ label_of('stage_taught', 'teachers.stage_taught') }} as stage_taught_zh,
    degrees.label_zh as degree_zh,
    {{ group_label_of('degree', 'degrees.group') }} as degree_group_zh,
    {{ label_of('establishment', 'teachers.establishment') }} as establishment_zh
from teachers
left join {{ ref('codes') }} as degrees on degrees.code_list = 'degree' and teachers.degree = degrees.code
