-- One row a query that waits for an explanation: about a cell or total of a column, a row, or a document or return as a whole
-- (row_number null; form null: the whole document). Notes on what was passed over ask for no answer, and a row that was replaced
-- since needs none.
with

rows_set_aside as (
    select distinct
        document_id,
        collection_id,
        unit_code,
        form,
        sheet,
        row_number
    from {{ ref('standing_issues') }}
    where severity = 'error' and row_number is not null
)

select
    issues.document_id,
    issues.collection_id,
    issues.unit_code,
    issues.form,
    issues.document_forms,
    issues.sheet,
    issues.row_number,
    issues.column_name,
    issues.check_id,
    issues.issue_no,
    rows_set_aside.document_id is null as is_about_what_counts
from {{ ref('standing_issues') }} as issues
left join rows_set_aside
    on
        issues.document_id = rows_set_aside.document_id
        and issues.collection_id = rows_set_aside.collection_id
        and issues.unit_code = rows_set_aside.unit_code
        and issues.form = rows_set_aside.form
        and issues.sheet = rows_set_aside.sheet
        and issues.row_number = rows_set_aside.row_number
where
    issues.severity = 'query'
    and not issues.is_replaced
    and issues.explanation is null
    and issues.check_id not in ('document.unknown_column', 'document.hidden_sheet')
