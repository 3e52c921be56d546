-- One row a file that arrived under no known collection and unit.
select
    path,
    received_at,
    document_id,
    reason
from {{ source('landing', 'unplaced') }}
