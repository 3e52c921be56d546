-- One row a fault or question about a cell, row, sheet, document or unit, of documents that are not replaced, with its explanation.
{{ config(materialized="view") }}

select
    outcomes.document_id,
    outcomes.collection_id,
    outcomes.unit_code,
    outcomes.forms as document_forms,
    found.form,
    found.sheet,
    found.row_number,
    found.column_name,
    found.cell,
    found.check_id,
    found.severity,
    found.message_zh,
    found.value_masked,
    found.is_replaced,
    found.issue_no,
    explained.explanation,
    explained.explained_at
from {{ ref('all_issues') }} as found
inner join {{ ref('document_outcomes') }} as outcomes on found.reading_id = outcomes.reading_id and outcomes.status <> 'replaced'
left join {{ ref('explained_queries') }} as explained
    on
        outcomes.collection_id = explained.collection_id
        and outcomes.unit_code = explained.unit_code
        and found.issue_key = explained.issue_key
        and found.severity = 'query'
