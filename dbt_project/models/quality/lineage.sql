-- One row a metric value and a sheet of a document that it rests on: the rows that count of the forms behind the metric, of units that
-- are in its numerator and denominator.
with

counted as (
    select
        readings.document_id,
        readings.collection_id,
        readings.unit_code,
        counted.form,
        sheets.sheet,
        counted.rows_counted,
        counted.first_row,
        counted.last_row
    from {{ ref('counted_rows') }} as counted
    inner join {{ source('landing', 'readings') }} as readings on counted.reading_id = readings.reading_id
    inner join {{ source('landing', 'sheets') }} as sheets
        on counted.reading_id = sheets.reading_id and counted.sheet_no = sheets.sheet_no and counted.form = sheets.form
),

-- Whatever is about schools rests on the register too, which says which of them are known, open and of what type and place.
forms_behind as (
    select
        metrics.metric_id,
        forms.form
    from {{ ref('metrics') }} as metrics
    inner join {{ source('landing', 'forms') }} as forms on {{ is_listed('forms.form', 'metrics.source_forms') }}

    union

    select
        metrics.metric_id,
        'school_register' as form
    from {{ ref('metrics') }} as metrics
    where {{ is_about_schools('metrics.source_forms') }}
),

calendar as (
    select
        collection_id,
        is_baseline,
        lag(collection_id) over (order by reference_date) as previous_collection_id
    from {{ ref('collections') }}
),

-- A unit's value rests on what the unit sent, the city's on what all sent; recognitions are sent for all by the city.
rests_on as (
    select
        served.metric_id,
        served.collection_id,
        served.unit_code,
        served.delivering_unit_code,
        behind.form,
        served.collection_id as document_collection_id
    from {{ ref('metric_coverage') }} as served
    inner join forms_behind as behind on served.metric_id = behind.metric_id
    where served.is_reported

    union

    -- Where the register has not come, on that of the year before.
    select
        served.metric_id,
        served.collection_id,
        served.unit_code,
        served.delivering_unit_code,
        behind.form,
        calendar.previous_collection_id as document_collection_id
    from {{ ref('metric_coverage') }} as served
    inner join forms_behind as behind on served.metric_id = behind.metric_id and behind.form = 'school_register'
    inner join calendar on served.collection_id = calendar.collection_id
    left join {{ ref('register_arrivals') }} as arrivals
        on served.collection_id = arrivals.collection_id and served.delivering_unit_code = arrivals.unit_code
    where served.is_reported and arrivals.unit_code is null

    union

    -- Where the target is to be better than the baseline, on what the baseline rests on.
    select
        served.metric_id,
        calendar.collection_id,
        served.unit_code,
        served.delivering_unit_code,
        behind.form,
        served.collection_id as document_collection_id
    from {{ ref('metric_coverage') }} as served
    inner join forms_behind as behind on served.metric_id = behind.metric_id
    inner join {{ ref('metrics') }} as metrics
        on served.metric_id = metrics.metric_id and metrics.comparator in ('baseline_up', 'baseline_down')
    inner join {{ ref('collections') }} as baselines on served.collection_id = baselines.collection_id and baselines.is_baseline
    inner join calendar on not calendar.is_baseline
    inner join {{ ref('metric_figures') }} as figures
        on
            served.metric_id = figures.metric_id
            and calendar.collection_id = figures.collection_id
            and served.unit_code = figures.unit_code
            and figures.value is not null
    where served.is_reported
)

select
    rests_on.metric_id,
    rests_on.collection_id,
    rests_on.unit_code,
    rests_on.form,
    counted.unit_code as reported_by,
    counted.document_id,
    counted.sheet,
    cast(counted.rows_counted as integer) as rows_counted,
    cast(counted.first_row as integer) as first_row,
    cast(counted.last_row as integer) as last_row,
    {{ form_name('rests_on.form') }} as form_zh,
    rests_on.document_collection_id
from rests_on
inner join counted
    on
        rests_on.document_collection_id = counted.collection_id
        and rests_on.delivering_unit_code = counted.unit_code
        and rests_on.form = counted.form
