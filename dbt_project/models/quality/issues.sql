-- One row a fault or question about a cell, row, sheet, document or unit, of documents that are not replaced.
with

standing as (
    select
        readings.reading_id,
        documents.document_id,
        documents.collection_id,
        documents.unit_code
    from {{ ref('documents') }} as documents
    inner join {{ source('landing', 'readings') }} as readings
        on
            documents.document_id = readings.document_id
            and documents.collection_id = readings.collection_id
            and documents.unit_code = readings.unit_code
    where documents.status <> 'replaced'
)

select
    standing.document_id,
    standing.collection_id,
    standing.unit_code,
    found.form,
    found.sheet,
    cast(found.row_number as integer) as row_number,
    found.column_name,
    found.cell,
    found.check_id,
    found.severity,
    found.message_zh,
    found.value_masked,
    found.is_replaced,
    found.issue_no,
    explained.explanation,
    explained.explained_at,
    {{ form_name('found.form') }} as form_zh,
    checks.name_zh as check_id_zh,
    {{ word_for('severity', 'found.severity') }} as severity_zh
from {{ ref('found_issues') }} as found
inner join standing on found.reading_id = standing.reading_id
left join {{ ref('checks') }} as checks on found.check_id = checks.check_id
left join {{ ref('explained_queries') }} as explained
    on
        standing.collection_id = explained.collection_id
        and standing.unit_code = explained.unit_code
        and found.issue_key = explained.issue_key
        and found.severity = 'query'
