-- One row a row of a student roster whose pupil counts in another unit of the same collection too.
with

pupils as (
    select
        given.reading_id,
        given.collection_id,
        given.unit_code,
        given.person_id as student_id,
        given.sheet_no,
        given.row_number
    from {{ ref('repeated_person_rows') }} as given
    {{ beside_faults('student_roster', ref('row_faults')) }}
    where given.form = 'student_roster' and given.is_counted and faulty.reading_id is null
),

in_two_units as (
    select
        collection_id,
        student_id
    from pupils
    group by all
    having min(unit_code) <> max(unit_code)
),

twice as (
    select pupils.*
    from pupils
    inner join in_two_units on pupils.collection_id = in_two_units.collection_id and pupils.student_id = in_two_units.student_id
)

select
    twice.reading_id,
    twice.sheet_no,
    twice.row_number,
    'student_roster' as form,
    'city.pupil_twice' as check_id,
    'student_id' as column_name,
    '学籍号' as heading_zh,
    hex(twice.student_id) as subject,
    {{ joined_text('units.name_zh', '、') }} as detail,
    cast(null as string) as value_masked
from twice
inner join twice as elsewhere
    on
        twice.collection_id = elsewhere.collection_id
        and twice.student_id = elsewhere.student_id
        and twice.unit_code <> elsewhere.unit_code
inner join {{ ref('reporting_units') }} as units on elsewhere.unit_code = units.unit_code
group by twice.reading_id, twice.sheet_no, twice.row_number, twice.student_id
