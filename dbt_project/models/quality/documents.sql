-- One row a document in a collection and unit: what became of it.
select
    document_id,
    collection_id,
    unit_code,
    path,
    received_at,
    size_bytes,
    status,
    reason,
    forms,
    rows_read,
    rows_accepted,
    rows_quarantined,
    {{ word_for('document_status', 'outcomes.status') }} as status_zh,
    is_set_aside,
    rows_not_counted
from {{ ref('document_outcomes') }} as outcomes
