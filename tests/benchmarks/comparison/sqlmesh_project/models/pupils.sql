model (
    name warehouse.pupils,
    kind full,
    description 'One row a pupil: the rows without an error.',
    grain (collection_id, unit_code, row_number),
    audits (
        not_null(columns := (student_key, school_id, stage)),
        accepted_values(column := sex, is_in := ('M', 'F')),
        every_row_is_a_pupil_or_set_aside
    )
);

select
    pupils.collection_id,
    pupils.unit_code,
    pupils.row_number,
    pupils.student_key,
    pupils.school_id,
    pupils.class_name,
    pupils.stage,
    pupils.sex,
    pupils.grade,
    pupils.boarding,
    pupils.disability,
    pupils.placement,
    pupils.fitness_grade,
    date_trunc('month', pupils.birth_date) as birth_month
from warehouse.stg_roster as pupils
anti join warehouse.rows_set_aside as set_aside
    on
        pupils.collection_id = set_aside.collection_id
        and pupils.unit_code = set_aside.unit_code
        and pupils.row_number = set_aside.row_number
