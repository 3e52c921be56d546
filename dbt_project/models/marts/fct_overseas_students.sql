-- One row a university in a collection.
select
    collection_id,
    unit_code,
    institution_name,
    long_term,
    short_term,
    document_id
from {{ ref('stg_overseas_students') }}
