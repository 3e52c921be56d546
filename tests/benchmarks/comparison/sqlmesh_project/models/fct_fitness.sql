model (
    name warehouse.fct_fitness,
    kind full,
    description 'One row a school, grade and fitness grade in a collection; pupils without a fitness grade are in none.',
    grain (collection_id, unit_code, school_id, grade, fitness_grade)
);

select
    collection_id,
    unit_code,
    school_id,
    stage,
    grade,
    fitness_grade,
    count(*) as pupils
from warehouse.pupils
where fitness_grade is not null
group by all
