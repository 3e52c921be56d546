model (
    name warehouse.row_faults,
    kind full,
    description 'One row a check that a row fails. Duplicates are judged last, among the rows without an error.'
);

with judged as (
    select
        pupils.*,
        dates.reference_date,
        usual_ages.usual_age_years,
        floor(
            (
                cast(strftime(dates.reference_date, '%Y%m%d') as integer)
                - cast(strftime(pupils.birth_date, '%Y%m%d') as integer)
            ) / 10000.0
        ) as age_years
    from warehouse.stg_roster as pupils
    inner join raw.reference_dates as dates on pupils.collection_id = dates.collection_id
    left join raw.usual_ages as usual_ages on pupils.grade = usual_ages.grade
),

-- The first check that each column fails; a birth date can fail three, which do not exclude each other.
verdicts as (
    select
        collection_id,
        unit_code,
        row_number,
        name_fault as name,
        student_id_fault as student_id,
        id_number_fault as id_number,
        birth_date_fault as birth_date_in_id,
        case when abs(age_years - usual_age_years) > 3 then 'row.age_for_grade' end as birth_date_for_grade,
        case
            when sent_birth_date is null then 'cell.required'
            when birth_date is null then 'cell.type'
            when birth_date < date '1990-01-01' or birth_date > reference_date then 'cell.range'
        end as birth_date,
        case
            when school_id is null then 'cell.required'
            when not regexp_matches(school_id, '^[0-9]{10}$') then 'cell.pattern'
        end as school_id,
        case when class_name is null then 'cell.required' end as class_name,
        case
            when sent_sex is null then 'cell.required'
            when sent_sex is not null and sex is null then 'cell.code'
        end as sex,
        case
            when sent_grade is null then 'cell.required'
            when sent_grade is not null and grade is null then 'cell.code'
        end as grade,
        case
            when sent_boarding is not null and boarding is null then 'cell.code'
        end as boarding,
        case
            when sent_disability is not null and disability is null then 'cell.code'
        end as disability,
        case
            when sent_placement is not null and placement is null then 'cell.code'
        end as placement,
        case
            when sent_fitness_grade is not null and fitness_grade is null then 'cell.code'
        end as fitness_grade
    from judged
),

single_row_faults as (
    select
        collection_id,
        unit_code,
        row_number,
        case when judged_by like 'birth_date%' then 'birth_date' else judged_by end as column_name,
        check_id,
        case
            when check_id in ('id.other_document', 'id.birth_date', 'row.age_for_grade') then 'query' else 'error'
        end as severity
    from verdicts
    unpivot (
        check_id for judged_by in (
            name, student_id, id_number, birth_date_in_id, birth_date_for_grade, birth_date, school_id, class_name,
            sex, grade, boarding, disability, placement, fitness_grade
        )
    )
),

errors as (
    select * from single_row_faults
    where severity = 'error'
),

repeated as (
    select
        pupils.collection_id,
        pupils.unit_code,
        pupils.row_number
    from warehouse.stg_roster as pupils
    anti join errors
        on
            pupils.collection_id = errors.collection_id
            and pupils.unit_code = errors.unit_code
            and pupils.row_number = errors.row_number
    qualify
        row_number() over (
            partition by pupils.collection_id, pupils.unit_code, pupils.student_key order by pupils.row_number
        ) > 1
)

select * from single_row_faults

union all

select
    collection_id,
    unit_code,
    row_number,
    'student_id' as column_name,
    'row.duplicate' as check_id,
    'error' as severity
from repeated
