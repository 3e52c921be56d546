-- One row a fault or question about a cell, row, sheet, document or unit, of documents that are not replaced.
select
    standing.document_id,
    standing.collection_id,
    standing.unit_code,
    standing.form,
    standing.sheet,
    cast(standing.row_number as integer) as row_number,
    standing.column_name,
    standing.cell,
    standing.check_id,
    standing.severity,
    standing.message_zh,
    standing.value_masked,
    standing.is_replaced,
    standing.issue_no,
    standing.explanation,
    standing.explained_at,
    {{ form_name('standing.form') }} as form_zh,
    checks.name_zh as check_id_zh,
    {{ word_for('severity', 'standing.severity') }} as severity_zh
from {{ ref('standing_issues') }} as standing
left join {{ ref('checks') }} as checks on standing.check_id = checks.check_id
