-- One row a metric, collection, row of the scoreboard (a unit, or the city) with queries that wait for an explanation: how many there
-- are at what its value rests on.
with

columns_used as (
    select
        columns_used.metric_id,
        columns_used.form,
        columns_used.columns,
        cast(null as string) as item
    from {{ ref('metric_columns') }} as columns_used

    union all

    -- A declared metric rests on the row of its item.
    select
        metric_id,
        'progress_items' as form,
        'item;status;numerator;denominator' as columns,
        target_id as item
    from {{ ref('metrics') }}
    where method = 'declared'
),

items as (
    select
        readings.document_id,
        readings.collection_id,
        readings.unit_code,
        sheets.sheet,
        given.row_number,
        given.item
    from {{ source('returns', 'progress_items') }} as given
    inner join {{ source('landing', 'readings') }} as readings on given.reading_id = readings.reading_id
    inner join {{ source('landing', 'sheets') }} as sheets
        on given.reading_id = sheets.reading_id and given.sheet_no = sheets.sheet_no and sheets.form = 'progress_items'
),

-- What is asked about a document as a whole is asked about each form in it.
asked as (
    select
        queries.*,
        coalesce(queries.form, queries.document_forms) as forms,
        items.item
    from {{ ref('open_queries') }} as queries
    left join items
        on
            queries.form = 'progress_items'
            and queries.document_id = items.document_id
            and queries.collection_id = items.collection_id
            and queries.unit_code = items.unit_code
            and queries.sheet = items.sheet
            and queries.row_number = items.row_number
    where queries.is_about_what_counts
),

concerned as (
    select distinct
        columns_used.metric_id,
        asked.collection_id,
        asked.unit_code,
        asked.document_id,
        asked.issue_no
    from asked
    inner join columns_used
        on
            {{ is_listed('columns_used.form', 'asked.forms') }}
            and (asked.column_name is null or {{ is_listed('asked.column_name', 'columns_used.columns') }})
            and (asked.item is null or asked.item = columns_used.item)
)

select
    served.metric_id,
    served.collection_id,
    served.unit_code,
    count(*) as open_queries
from {{ ref('metric_coverage') }} as served
inner join concerned
    on
        served.metric_id = concerned.metric_id
        and served.collection_id = concerned.collection_id
        and served.delivering_unit_code = concerned.unit_code
group by all
