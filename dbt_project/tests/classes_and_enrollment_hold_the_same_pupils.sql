{{ config(meta={'dagster': {'ref': {'name': 'fct_class'}}}) }}

-- Both are counted from the same roster rows, so a school cannot have more pupils in its classes than in its grades.
with

in_classes as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        sum(pupils) as pupils,
        count(*) as classes
    from {{ ref('fct_class') }}
    group by all
),

in_grades as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        sum(pupils) as pupils,
        max(classes) as classes
    from {{ ref('fct_enrollment') }}
    group by all
)

select
    in_classes.*,
    in_grades.pupils as pupils_in_grade,
    in_grades.classes as classes_of_grade
from in_classes
full outer join in_grades
    on
        in_classes.collection_id = in_grades.collection_id
        and in_classes.unit_code = in_grades.unit_code
        and in_classes.school_id = in_grades.school_id
        and in_classes.grade = in_grades.grade
where in_classes.pupils is distinct from in_grades.pupils or in_classes.classes is distinct from in_grades.classes
