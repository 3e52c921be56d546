-- One row a part of a document, as in document_parts, with how many of its rows passed every check.
with

faulty_rows as (
    select distinct
        form,
        reading_id,
        school_id,
        sheet_no,
        row_number
    from {{ ref('row_faults') }}
    where was_accepted
),

faulty as (
    select
        form,
        reading_id,
        school_id,
        count(*) as faulty_rows
    from faulty_rows
    group by all
)

select
    parts.reading_id,
    parts.form,
    parts.school_id,
    parts.is_rejected,
    parts.collection_id,
    parts.unit_code,
    parts.document_id,
    parts.is_replaced,
    parts.speaks_for_unit,
    parts.rows_read,
    case when parts.is_rejected then 0 else parts.rows_passed - coalesce(faulty.faulty_rows, 0) end as rows_accepted
from {{ ref('document_parts') }} as parts
left join faulty
    on
        parts.reading_id = faulty.reading_id
        and parts.form = faulty.form
        and parts.school_id is not distinct from faulty.school_id
        and not parts.is_rejected
