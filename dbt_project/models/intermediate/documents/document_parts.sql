-- One row a reading of a document, form and school that its rows name; one row a form where a document replaces as a whole.
-- Sheets rejected as a whole are parts of their own. This is the grain at which documents replace one another.
with

scopes as (
    {% for form, about in forms().items() %}
    select
        '{{ form }}' as form,
        '{{ about.scope }}' as replacement_scope,
        {{ 'true' if about.checks_school else 'false' }} as checks_school
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

given as (
    select
        reading_id,
        form,
        school_id,
        false as is_rejected,
        count(*) as rows_read,
        count(*) filter (where is_accepted) as rows_passed,
        count(*) filter (where is_accepted and not is_counted) as rows_not_counted
    from {{ ref('row_places') }}
    group by all

    union all

    select
        reading_id,
        form,
        cast(null as string) as school_id,
        true as is_rejected,
        cast(sum(rows_read) as bigint) as rows_read,
        0 as rows_passed,
        0 as rows_not_counted
    from {{ source('landing', 'sheets') }}
    where not is_accepted
    group by all
),

schools_elsewhere as (
    select
        schools.collection_id,
        schools.school_id,
        {{ joined_text('units.name_zh', '、') }} as unit_names_zh
    from {{ ref('known_schools') }} as schools
    inner join {{ ref('reporting_units') }} as units on schools.unit_code = units.unit_code
    group by all
),

-- A part speaks for the unit where it is about a school of the unit's own, or about the unit as a whole.
placed as (
    select
        readings.collection_id,
        readings.unit_code,
        readings.document_id,
        readings.arrival_no,
        given.*,
        scopes.replacement_scope,
        not given.is_rejected and (scopes.replacement_scope = 'unit' or own.school_id is not null) as speaks_for_unit,
        case
            when not scopes.checks_school or given.school_id is null or own.school_id is not null then null
            when schools_elsewhere.school_id is null then 'row.unknown_school'
            else 'row.other_unit'
        end as school_fault,
        schools_elsewhere.unit_names_zh as registered_with_zh
    from given
    inner join scopes on given.form = scopes.form
    inner join {{ source('landing', 'readings') }} as readings on given.reading_id = readings.reading_id
    left join {{ ref('known_schools') }} as own
        on
            readings.collection_id = own.collection_id
            and readings.unit_code = own.unit_code
            and given.school_id = own.school_id
    left join schools_elsewhere
        on readings.collection_id = schools_elsewhere.collection_id and given.school_id = schools_elsewhere.school_id
),

succeeded as (
    select
        *,
        max(case when speaks_for_unit then arrival_no end) over (
            partition by collection_id, unit_code, form, school_id, is_rejected
        ) as latest_about_it,
        max(case when speaks_for_unit then arrival_no end) over (partition by collection_id, unit_code, form) as latest_of_form
    from placed
),

-- A sheet rejected as a whole has gone when every school of the unit that it names was mentioned since, or the unit as a whole.
mentioned as (
    select
        collection_id,
        unit_code,
        form,
        school_id,
        max(arrival_no) as latest_about_it
    from placed
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
            when succeeded.is_rejected then coalesce(rejected_schools.is_mentioned_since, false)
        end as is_replaced_itself
    from succeeded
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
