-- One row a question about a pupil's row that counts: an age far from the usual one of the grade, or a grade of a stage that
-- the type of the school does not have.
with

pupils as (
    select
        given.reading_id,
        given.sheet_no,
        given.row_number,
        given.student_id,
        given.birth_month,
        given.age_years,
        types.stages,
        {{ label_of('school_type', 'types.school_type') }} as school_type_zh,
        {{ settled_grade() }} as grade
    from {{ given_rows('student_roster') }}
    {{ beside_types() }}
    {{ beside_faults('student_roster', ref('row_faults')) }}
    where given.is_accepted and given.is_counted and not parts.is_replaced and faulty.reading_id is null
),

grades as (
    select
        codes.code as grade,
        codes.label_zh,
        codes.group as stage,
        thresholds.value as usual_years
    from {{ ref('codes') }} as codes
    left join {{ ref('check_thresholds') }} as thresholds
        on thresholds.check_id = 'row.age_for_grade' and thresholds.threshold = 'usual_years_' || codes.code
    where codes.code_list = 'grade'
)

select
    pupils.reading_id,
    pupils.sheet_no,
    pupils.row_number,
    'student_roster' as form,
    'row.age_for_grade' as check_id,
    'birth_date' as column_name,
    '出生日期' as heading_zh,
    hex(pupils.student_id) as subject,
    cast(cast({{ threshold('row.age_for_grade', 'tolerance_years') }} as integer) as string) as detail,
    substr(cast(pupils.birth_month as string), 1, 7) as value_masked
from pupils
inner join grades on pupils.grade = grades.grade
where abs(pupils.age_years - grades.usual_years) > {{ threshold('row.age_for_grade', 'tolerance_years') }}

union all

select
    pupils.reading_id,
    pupils.sheet_no,
    pupils.row_number,
    'student_roster' as form,
    'row.grade_of_type' as check_id,
    'grade' as column_name,
    '年级' as heading_zh,
    hex(pupils.student_id) as subject,
    pupils.school_type_zh as detail,
    grades.label_zh as value_masked
from pupils
inner join grades on pupils.grade = grades.grade
where
    grades.stage not in ('toddler', 'preschool')
    and pupils.stages is not null
    and not {{ is_listed('grades.stage', 'pupils.stages') }}
