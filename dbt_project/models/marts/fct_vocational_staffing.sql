-- One row a vocational college in a collection.
select
    collection_id,
    unit_code,
    institution_name,
    staff_total,
    self_recruited,
    document_id
from {{ ref('stg_vocational_staffing') }}
