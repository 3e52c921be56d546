-- One row a part of a document that speaks for its unit: about one school in a form, or the form as a whole. Versions of
-- the same part follow one another in order of arrival.
select
    reading_id,
    form,
    school_id,
    collection_id,
    unit_code,
    document_id,
    arrival_no,
    rows_read,
    is_replaced,
    lag(reading_id) over successive as previous_reading_id,
    lag(rows_read) over successive as previous_rows_read,
    lead(document_id) over successive as next_document_id
from {{ ref('document_parts') }}
where speaks_for_unit
window successive as (partition by collection_id, unit_code, form, school_id order by arrival_no)
