-- One row a class of a school and grade in a collection: 1班, １班 and （1）班 are one class, shown as most of its pupils have it.
with

spellings as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        class_name_key,
        class_name,
        sum(pupils) as pupils_so
    from {{ ref('pupil_groups') }}
    group by all
),

classes as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        class_name,
        cast(sum(pupils_so) over (partition by collection_id, unit_code, school_id, grade, class_name_key) as bigint) as pupils
    from spellings
    qualify
        row_number() over (
            partition by collection_id, unit_code, school_id, grade, class_name_key
            order by pupils_so desc, class_name asc
        ) = 1
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
