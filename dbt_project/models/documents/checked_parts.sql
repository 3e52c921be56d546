-- One row a part of a document, as in document_parts, with how many of its rows passed every check.
with

faulty_rows as (
    select distinct
        faults.form,
        faults.reading_id,
        faults.school_id,
        faults.sheet_no,
        faults.row_number,
        places.is_counted
    from {{ ref('row_faults') }} as faults
    inner join {{ ref('row_places') }} as places
        on
            faults.form = places.form
            and faults.reading_id = places.reading_id
            and faults.sheet_no = places.sheet_no
            and faults.row_number = places.row_number
    where faults.was_accepted
),

faulty as (
    select
        form,
        reading_id,
        school_id,
        count(*) as faulty_rows,
        count(*) filter (where not is_counted) as faulty_rows_not_counted
    from faulty_rows
    group by all
)

select
    parts.reading_id,
    parts.form,
    parts.school_id,
    parts.is_rejected,
    parts.is_emptying,
    parts.collection_id,
    parts.unit_code,
    parts.document_id,
    parts.is_replaced,
    parts.speaks_for_unit,
    parts.rows_read,
    case when parts.is_rejected then 0 else parts.rows_passed - coalesce(faulty.faulty_rows, 0) end as rows_accepted,
    case
        when parts.is_rejected then 0 else parts.rows_not_counted - coalesce(faulty.faulty_rows_not_counted, 0)
    end as rows_not_counted
from {{ ref('document_parts') }} as parts
left join faulty
    on
        parts.reading_id = faulty.reading_id
        and parts.form = faulty.form
        and parts.school_id is not distinct from faulty.school_id
        and not parts.is_rejected
