-- One row a school, grade and fitness grade in a collection; pupils without a fitness grade are in none.
with

pupils as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        fitness_grade,
        cast(sum(pupils) as bigint) as pupils
    from {{ ref('pupil_groups') }}
    where fitness_grade is not null
    group by all
)

select
    pupils.collection_id,
    pupils.unit_code,
    pupils.school_id,
    grades.group as stage,
    pupils.grade,
    pupils.fitness_grade,
    pupils.pupils,
    {{ group_label_of('grade', 'grades.group') }} as stage_zh,
    grades.label_zh as grade_zh,
    {{ label_of('fitness_grade', 'pupils.fitness_grade') }} as fitness_grade_zh
from pupils
left join {{ ref('codes') }} as grades on grades.code_list = 'grade' and pupils.grade = grades.code
