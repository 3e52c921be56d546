-- One row a file that arrived under no known collection and unit, or a path of the landing zone that was not taken, or is missing.
select
    path,
    received_at,
    document_id,
    reason
from {{ source('landing', 'unplaced') }}
