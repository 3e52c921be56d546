-- One row a class of a school and grade in a collection.
select
    collection_id,
    unit_code,
    school_id,
    stage,
    grade,
    class_name,
    count(*) as pupils
from {{ ref('pupils') }}
group by all
