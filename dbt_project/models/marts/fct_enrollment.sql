-- One row a school, grade and sex in a collection.
with

pupils as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        sex,
        cast(sum(pupils) as bigint) as pupils
    from {{ ref('pupil_groups') }}
    group by all
),

classes as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        count(distinct class_name_key) as classes
    from {{ ref('pupil_groups') }}
    group by all
)

select
    pupils.collection_id,
    pupils.unit_code,
    pupils.school_id,
    grades.group as stage,
    pupils.grade,
    pupils.sex,
    pupils.pupils,
    classes.classes,
    {{ group_label_of('grade', 'grades.group') }} as stage_zh,
    grades.label_zh as grade_zh,
    {{ label_of('sex', 'pupils.sex') }} as sex_zh
from pupils
inner join classes
    on
        pupils.collection_id = classes.collection_id
        and pupils.unit_code = classes.unit_code
        and pupils.school_id = classes.school_id
        and pupils.grade = classes.grade
left join {{ ref('codes') }} as grades on grades.code_list = 'grade' and pupils.grade = grades.code
