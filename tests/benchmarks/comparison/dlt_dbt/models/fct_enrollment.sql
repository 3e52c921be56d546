-- One row a school, grade and sex in a collection.
with

classes as (
    select
        collection_id,
        unit_code,
        school_id,
        grade,
        count(distinct class_name) as classes
    from {{ ref('pupils') }}
    group by all
)

select
    pupils.collection_id,
    pupils.unit_code,
    pupils.school_id,
    pupils.stage,
    pupils.grade,
    pupils.sex,
    count(*) as pupils,
    any_value(classes.classes) as classes
from {{ ref('pupils') }} as pupils
inner join classes
    on
        pupils.collection_id = classes.collection_id
        and pupils.unit_code = classes.unit_code
        and pupils.school_id = classes.school_id
        and pupils.grade = classes.grade
group by all
