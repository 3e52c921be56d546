-- One row a metric value and a sheet of a document that it rests on: the rows of the forms behind the metric that count.
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

figures as (
    select
        figures.metric_id,
        figures.collection_id,
        figures.unit_code,
        units.kind = 'municipal' as is_city,
        forms.form
    from {{ ref('metric_values') }} as figures
    inner join {{ ref('metrics') }} as metrics on figures.metric_id = metrics.metric_id
    inner join {{ ref('reporting_units') }} as units on figures.unit_code = units.unit_code
    inner join {{ source('landing', 'forms') }} as forms on {{ is_listed('forms.form', 'metrics.source_forms') }}
),

-- A unit's value rests on what the unit sent, the city's on what all sent; recognitions are sent for all by the city.
behind as (
    select
        figures.metric_id,
        figures.unit_code as value_unit_code,
        counted.*
    from figures
    inner join counted
        on
            figures.collection_id = counted.collection_id
            and figures.form = counted.form
            and figures.unit_code = counted.unit_code
    where not figures.is_city and figures.form <> 'recognitions'

    union all

    select
        figures.metric_id,
        figures.unit_code as value_unit_code,
        counted.*
    from figures
    inner join counted on figures.collection_id = counted.collection_id and figures.form = counted.form
    where figures.is_city or figures.form = 'recognitions'
)

select
    behind.metric_id,
    behind.collection_id,
    behind.value_unit_code as unit_code,
    behind.form,
    behind.unit_code as reported_by,
    behind.document_id,
    behind.sheet,
    cast(behind.rows_counted as integer) as rows_counted,
    cast(behind.first_row as integer) as first_row,
    cast(behind.last_row as integer) as last_row,
    {{ form_name('behind.form') }} as form_zh
from behind
left join {{ ref('declared_inputs') }} as declared
    on
        behind.metric_id = declared.metric_id
        and behind.collection_id = declared.collection_id
        and behind.unit_code = declared.unit_code
-- A declared figure rests on what units that list it sent.
where behind.form <> 'progress_items' or declared.metric_id is not null
