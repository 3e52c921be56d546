-- One row a school, grade and fitness grade in a collection; pupils without a fitness grade are in none.
select
    collection_id,
    unit_code,
    school_id,
    stage,
    grade,
    fitness_grade,
    count(*) as pupils
from {{ ref('pupils') }}
where fitness_grade is not null
group by all
