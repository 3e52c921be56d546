-- One row a class of a school and grade in a collection: 1班, １班 and （1）班 are one class, shown as one of them was sent.
with

classes as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        class_name_key,
        min(class_name) as class_name,
        cast(sum(pupils) as bigint) as pupils
    from {{ ref('pupil_groups') }}
    group by all
)

select
    classes.collection_id,
    classes.unit_code,
    classes.school_id,
    grades.group as stage,
    classes.grade,
    classes.class_name,
    classes.pupils,
    {{ group_label_of('grade', 'grades.group') }} as stage_zh,
    grades.label_zh as grade_zh
from classes
left join {{ ref('codes') }} as grades on grades.code_list = 'grade' and classes.grade = grades.code
