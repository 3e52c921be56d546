-- One row a form that a unit supplies, in a collection: how far its return has come, against the calendar.
with

returns as (
    select
        collections.collection_id,
        collections.opens_on,
        units.unit_code,
        forms.form,
        forms.covers,
        case forms.due when 'year_end_due_on' then collections.year_end_due_on else collections.due_on end as due_on
    from {{ ref('collections') }} as collections
    cross join {{ ref('reporting_units') }} as units
    inner join {{ source('landing', 'forms') }} as forms on {{ is_listed('units.kind', 'forms.suppliers') }}
),

arrived as (
    select
        readings.collection_id,
        readings.unit_code,
        sheets.form,
        max(readings.received_at) as received_at,
        count(*) filter (where sheets.is_accepted) as sheets_accepted
    from {{ source('landing', 'sheets') }} as sheets
    inner join {{ source('landing', 'readings') }} as readings on sheets.reading_id = readings.reading_id
    group by all
),

current_rows as (
    select
        collection_id,
        unit_code,
        form,
        sum(rows_accepted) as rows_accepted,
        sum(rows_read - rows_accepted) as rows_quarantined
    from {{ ref('checked_parts') }}
    where not is_replaced
    group by all
),

open_rejections as (
    select
        readings.collection_id,
        readings.unit_code,
        sheets.form,
        count(distinct readings.document_id) as documents_rejected
    from {{ source('landing', 'sheets') }} as sheets
    inner join {{ source('landing', 'readings') }} as readings on sheets.reading_id = readings.reading_id
    left join {{ ref('closed_rejections') }} as closed on sheets.reading_id = closed.reading_id and sheets.form = closed.form
    where not sheets.is_accepted and closed.reading_id is null
    group by all
),

schools_missing as (
    select
        collection_id,
        unit_code,
        form,
        count(*) as schools_missing
    from {{ ref('missing_schools') }}
    group by all
),

queries as (
    select
        collection_id,
        unit_code,
        form,
        count(*) as queries
    from {{ ref('open_queries') }}
    group by all
),

judged as (
    select
        returns.collection_id,
        returns.unit_code,
        returns.form,
        case
            when {{ today() }} < returns.opens_on then 'not_due'
            when arrived.form is null and {{ today() }} > returns.due_on then 'overdue'
            when arrived.form is null then 'missing'
            when arrived.sheets_accepted = 0 then 'rejected'
            when
                current_rows.rows_quarantined > 0
                or schools_missing.schools_missing > 0
                or open_rejections.documents_rejected > 0
                then 'received'
            when queries.queries > 0 then 'queried'
            else 'accepted'
        end as status,
        returns.due_on,
        arrived.received_at,
        cast(coalesce(current_rows.rows_accepted, 0) as integer) as rows_accepted,
        cast(coalesce(current_rows.rows_quarantined, 0) as integer) as rows_quarantined,
        cast(coalesce(queries.queries, 0) as integer) as queries,
        cast(coalesce(schools_missing.schools_missing, 0) as integer) as schools_missing,
        cast(coalesce(open_rejections.documents_rejected, 0) as integer) as documents_rejected
    from returns
    {% for each in ['arrived', 'current_rows', 'schools_missing', 'open_rejections', 'queries'] %}
    left join {{ each }}
        on
            returns.collection_id = {{ each }}.collection_id
            and returns.unit_code = {{ each }}.unit_code
            and returns.form = {{ each }}.form
    {% endfor %}
)

select
    collection_id,
    unit_code,
    form,
    status,
    due_on,
    received_at,
    rows_accepted,
    rows_quarantined,
    queries,
    schools_missing,
    {{ form_name('judged.form') }} as form_zh,
    {{ word_for('return_status', 'judged.status') }} as status_zh,
    documents_rejected
from judged
