-- One row a unit and form that has arrived in a collection: with a row that counts, or as a sheet with headings only.
select
    collection_id,
    unit_code,
    form
from {{ ref('checked_parts') }}
where not is_replaced and rows_accepted > 0

union

select
    readings.collection_id,
    readings.unit_code,
    sheets.form
from {{ source('landing', 'sheets') }} as sheets
inner join {{ source('landing', 'readings') }} as readings on sheets.reading_id = readings.reading_id
where sheets.is_accepted and sheets.rows_read = 0
