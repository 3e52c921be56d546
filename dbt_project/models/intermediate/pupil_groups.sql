-- One row a class, sex and fitness grade: pupils that count, counted once so that no person row is needed after this.
select
    collection_id,
    unit_code,
    school_id,
    grade,
    class_key,
    sex,
    fitness_grade,
    min(class_name) as class_name,
    count(*) as pupils
from {{ ref('stg_student_roster') }}
group by all
