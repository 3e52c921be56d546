model (
    name warehouse.fct_class,
    kind full,
    description 'One row a class of a school and grade in a collection.',
    grain (collection_id, unit_code, school_id, grade, class_name)
);

select
    collection_id,
    unit_code,
    school_id,
    stage,
    grade,
    class_name,
    count(*) as pupils
from warehouse.pupils
group by all
