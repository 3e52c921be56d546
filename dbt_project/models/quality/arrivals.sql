-- One row an arrival: a document seen at a path at a time.
select
    document_id,
    collection_id,
    unit_code,
    path,
    received_at,
    stated_at
from {{ source('landing', 'arrivals') }}
