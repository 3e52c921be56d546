-- One row a reading of a document, form and school that its rows name; one row a form where a document replaces as a whole.
-- Sheets rejected as a whole are parts of their own. This is the grain at which documents replace one another.
with

succeeded as (
    select
        *,
        max(case when speaks_for_unit then arrival_no end) over (
            partition by collection_id, unit_code, form, school_id, is_rejected
        ) as latest_about_it,
        max(case when speaks_for_unit then arrival_no end) over (partition by collection_id, unit_code, form) as latest_of_form
    from {{ ref('placed_parts') }}
),

-- A sheet rejected as a whole has gone when every school of the unit that it names was mentioned since, or the unit as a whole.
mentioned as (
    select
        collection_id,
        unit_code,
        form,
        school_id,
        max(arrival_no) as latest_about_it
    from {{ ref('placed_parts') }}
    where speaks_for_unit
    group by all
),

rejected_schools as (
    select
        readings.reading_id,
        sheets.form,
        min(case when mentioned.latest_about_it > readings.arrival_no then 1 else 0 end) = 1 as is_mentioned_since
    from {{ source('landing', 'sheets') }} as sheets
    inner join {{ source('landing', 'readings') }} as readings on sheets.reading_id = readings.reading_id
    inner join {{ ref('known_schools') }} as own
        on
            readings.collection_id = own.collection_id
            and readings.unit_code = own.unit_code
            and {{ is_listed('own.school_id', 'sheets.schools') }}
    left join mentioned
        on
            readings.collection_id = mentioned.collection_id
            and readings.unit_code = mentioned.unit_code
            and sheets.form = mentioned.form
            and own.school_id = mentioned.school_id
    where not sheets.is_accepted
    group by all
),

replaced as (
    select
        succeeded.*,
        case
            when succeeded.speaks_for_unit then succeeded.arrival_no < succeeded.latest_about_it
            when succeeded.is_rejected and succeeded.replacement_scope = 'unit'
                then coalesce(succeeded.arrival_no < succeeded.latest_of_form, false)
            when succeeded.is_emptying then coalesce(succeeded.arrival_no < mentioned.latest_about_it, false)
            when succeeded.is_rejected then coalesce(rejected_schools.is_mentioned_since, false)
        end as is_replaced_itself
    from succeeded
    left join mentioned
        on
            succeeded.collection_id = mentioned.collection_id
            and succeeded.unit_code = mentioned.unit_code
            and succeeded.form = mentioned.form
            and succeeded.school_id = mentioned.school_id
    left join rejected_schools
        on
            succeeded.is_rejected
            and succeeded.reading_id = rejected_schools.reading_id
            and succeeded.form = rejected_schools.form
)

select
    reading_id,
    form,
    school_id,
    is_rejected,
    is_emptying,
    collection_id,
    unit_code,
    document_id,
    arrival_no,
    rows_read,
    rows_passed,
    rows_not_counted,
    speaks_for_unit,
    school_fault,
    registered_with_zh,
    -- Rows that name no school of the unit go when everything else that the document says in the form has gone.
    coalesce(
        is_replaced_itself,
        min(case when speaks_for_unit then is_replaced_itself end) over (partition by reading_id, form),
        false
    ) as is_replaced
from replaced
