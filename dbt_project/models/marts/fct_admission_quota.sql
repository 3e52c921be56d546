-- One row a senior school of a unit in a collection.
select
    collection_id,
    unit_code,
    school_id,
    planned,
    quota,
    document_id
from {{ ref('stg_admission_quota') }}
