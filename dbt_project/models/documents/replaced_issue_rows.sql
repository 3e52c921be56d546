-- One row a row that the reader found fault with and whose place a later document has taken.
select distinct
    places.reading_id,
    places.form,
    places.sheet_no,
    places.row_number
from {{ ref('row_places') }} as places
inner join {{ source('landing', 'issues') }} as issues
    on
        places.reading_id = issues.reading_id
        and places.form = issues.form
        and places.sheet_no = issues.sheet_no
        and places.row_number = issues.row_number
inner join {{ ref('document_parts') }} as parts
    on
        places.reading_id = parts.reading_id
        and places.form = parts.form
        and places.school_id is not distinct from parts.school_id
where parts.is_replaced and not parts.is_rejected
