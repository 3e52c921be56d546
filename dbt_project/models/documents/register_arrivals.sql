-- One row a unit whose school register has arrived in a collection: as a sheet that was accepted, whatever became of its rows.
select distinct
    readings.collection_id,
    readings.unit_code
from {{ source('landing', 'sheets') }} as sheets
inner join {{ source('landing', 'readings') }} as readings on sheets.reading_id = readings.reading_id
where sheets.form = 'school_register' and sheets.is_accepted
