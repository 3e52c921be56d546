-- One row a class, sex and fitness grade of a unit in a collection: the pupils that count, counted once so that no person
-- row is needed after this. Documents first, then their units: grouping a million rows by short keys is what pays.
with

by_document as (
    select
        reading_id,
        school_id,
        grade,
        class_name_key,
        sex,
        fitness_grade,
        min(class_name) as class_name,
        count(*) as pupils
    from {{ ref('stg_student_roster') }}
    group by all
)

select
    readings.collection_id,
    readings.unit_code,
    by_document.school_id,
    by_document.grade,
    by_document.class_name_key,
    by_document.sex,
    by_document.fitness_grade,
    min(by_document.class_name) as class_name,
    cast(sum(by_document.pupils) as bigint) as pupils
from by_document
inner join {{ source('landing', 'readings') }} as readings on by_document.reading_id = readings.reading_id
group by all
