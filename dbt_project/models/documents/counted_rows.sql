-- One row a sheet of a document: how many of its rows count, and between which rows of the sheet they stand.
with

faulty_rows as (
    select distinct
        form,
        reading_id,
        sheet_no,
        row_number
    from {{ ref('row_faults') }}
)

select
    places.reading_id,
    places.form,
    places.sheet_no,
    count(*) as rows_counted,
    min(places.row_number) as first_row,
    max(places.row_number) as last_row
from {{ ref('row_places') }} as places
inner join {{ ref('document_parts') }} as parts
    on
        places.reading_id = parts.reading_id
        and places.form = parts.form
        and places.school_id is not distinct from parts.school_id
        and not parts.is_rejected
        and not parts.is_replaced
left join faulty_rows
    on
        places.form = faulty_rows.form
        and places.reading_id = faulty_rows.reading_id
        and places.sheet_no = faulty_rows.sheet_no
        and places.row_number = faulty_rows.row_number
where places.is_accepted and places.is_counted and faulty_rows.reading_id is null
group by all
