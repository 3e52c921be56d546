-- One row a class (as it is spelt), sex and fitness grade that a document tells of: the pupils that count, counted once so that no
-- person row is needed after this. By document, since grouping many rows by short keys is what pays; facts add up what documents share.
{{ config(materialized="table") }}

with

by_document as (
    select
        reading_id,
        school_id,
        grade,
        class_name_key,
        sex,
        fitness_grade,
        class_name,
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
    by_document.class_name,
    by_document.pupils
from by_document
inner join {{ source('landing', 'readings') }} as readings on by_document.reading_id = readings.reading_id
