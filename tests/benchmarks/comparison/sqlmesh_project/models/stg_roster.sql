model (
    name warehouse.stg_roster,
    kind full,
    description 'One row a row of a roster: codes instead of labels and a date instead of its text; what was sent stays beside them.',
    grain (collection_id, unit_code, row_number)
);

with

codes as (
    select * from raw.code_spellings
)

select
    sent.collection_id,
    sent.unit_code,
    sent.row_number,
    sent.student_key,
    sent.name_fault,
    sent.student_id_fault,
    sent.id_number_fault,
    sent.birth_date_fault,
    sent.school_id,
    sent.class_name,
    sent.birth_date as sent_birth_date,
    try_cast(left(sent.birth_date, 10) as date) as birth_date,
    sent.sex as sent_sex,
    sex_codes.code as sex,
    sent.grade as sent_grade,
    grade_codes.code as grade,
    sent.boarding as sent_boarding,
    boarding_codes.code as boarding,
    sent.disability as sent_disability,
    disability_codes.code as disability,
    sent.placement as sent_placement,
    placement_codes.code as placement,
    sent.fitness_grade as sent_fitness_grade,
    fitness_grade_codes.code as fitness_grade,
    grade_codes.code_group as stage
from raw.student_roster as sent
left join codes as sex_codes
    on sex_codes.code_list = 'sex' and sent.sex = sex_codes.spelling
left join codes as grade_codes
    on grade_codes.code_list = 'grade' and sent.grade = grade_codes.spelling
left join codes as boarding_codes
    on boarding_codes.code_list = 'boarding' and sent.boarding = boarding_codes.spelling
left join codes as disability_codes
    on disability_codes.code_list = 'disability' and sent.disability = disability_codes.spelling
left join codes as placement_codes
    on placement_codes.code_list = 'placement' and sent.placement = placement_codes.spelling
left join codes as fitness_grade_codes
    on fitness_grade_codes.code_list = 'fitness_grade' and sent.fitness_grade = fitness_grade_codes.spelling
