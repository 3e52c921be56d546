-- One row a document, or a form in it, that was rejected as a whole and waits for nothing any more: what it mentions has come since, or
-- something else has come at its path, or (where its schools cannot be read) every school that the form covers.
{{ config(materialized="view") }}

with

rejected as (
    select
        readings.reading_id,
        sheets.form,
        readings.collection_id,
        readings.unit_code,
        readings.path,
        readings.arrival_no,
        max(sheets.schools) as schools
    from {{ source('landing', 'readings') }} as readings
    left join {{ source('landing', 'sheets') }} as sheets on readings.reading_id = sheets.reading_id and not sheets.is_accepted
    where sheets.form is not null or not readings.is_readable
    group by all
),

-- The forms of what came later: a school stands in them when a row of the school was mentioned.
covered as (
    select
        rejected.reading_id,
        rejected.form,
        min(case when parts.school_id is null then 0 else 1 end) = 1 as are_all_mentioned
    from rejected
    inner join {{ source('landing', 'forms') }} as forms on rejected.form = forms.form
    inner join {{ ref('dim_school') }} as schools
        on
            rejected.collection_id = schools.collection_id
            and rejected.unit_code = schools.unit_code
            and schools.is_open
            and {{ is_listed('schools.school_type_group', 'forms.covers') }}
    left join {{ ref('part_versions') }} as parts
        on
            schools.collection_id = parts.collection_id
            and schools.unit_code = parts.unit_code
            and schools.school_id = parts.school_id
            and rejected.form = parts.form
            and rejected.arrival_no < parts.arrival_no
    where rejected.schools is null
    group by all
)

select distinct
    rejected.reading_id,
    rejected.form
from rejected
left join {{ ref('document_parts') }} as parts
    on rejected.reading_id = parts.reading_id and rejected.form = parts.form and parts.is_rejected
left join covered on rejected.reading_id = covered.reading_id and rejected.form = covered.form
left join {{ source('landing', 'readings') }} as later
    on
        rejected.collection_id = later.collection_id
        and rejected.unit_code = later.unit_code
        and rejected.path = later.path
        and rejected.arrival_no < later.arrival_no
where
    parts.is_replaced
    or (rejected.schools is null and later.reading_id is not null)
    or covered.are_all_mentioned
