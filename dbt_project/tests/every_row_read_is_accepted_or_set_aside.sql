{{ config(meta={'dagster': {'ref': {'name': 'documents'}}}) }}

-- Nothing is lost between reading and counting: what the sheets held is what the documents account for. A difference
-- means that the lake and its list of sheets disagree; read the document anew.
with

sheets as (
    select
        readings.document_id,
        readings.collection_id,
        readings.unit_code,
        sum(sheets.rows_read) as rows_read
    from {{ source('landing', 'sheets') }} as sheets
    inner join {{ source('landing', 'readings') }} as readings on sheets.reading_id = readings.reading_id
    group by all
)

select
    documents.document_id,
    documents.collection_id,
    documents.unit_code,
    documents.path,
    sheets.rows_read as rows_in_sheets,
    documents.rows_accepted,
    documents.rows_quarantined
from {{ ref('documents') }} as documents
left join sheets
    on
        documents.document_id = sheets.document_id
        and documents.collection_id = sheets.collection_id
        and documents.unit_code = sheets.unit_code
where
    coalesce(sheets.rows_read, 0) <> documents.rows_read
    or documents.rows_read <> documents.rows_accepted + documents.rows_quarantined
    or documents.rows_accepted < 0
    or documents.rows_quarantined < 0
