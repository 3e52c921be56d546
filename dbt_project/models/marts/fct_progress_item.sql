-- One row a task of a unit in a collection.
select
    collection_id,
    unit_code,
    item,
    item_name,
    status,
    numerator,
    denominator,
    completed_on,
    evidence,
    document_id,
    {{ label_of('progress_status', 'given.status') }} as status_zh
from {{ ref('stg_progress_items') }} as given
