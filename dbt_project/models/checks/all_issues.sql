-- One row a fault or question about a document, replaced or not: what the reader found, what shows only beside other
-- documents, and what is asked about a document, unit or pupil. `issue_no` names it within its document; `issue_key` is
-- the same wherever the same is asked of the same value again.
with

replaced_forms as (
    select
        reading_id,
        form
    from {{ ref('document_parts') }}
    group by all
    having min(is_replaced)
),

found_in_reading as (
    select
        issues.reading_id,
        issues.form,
        issues.sheet,
        issues.row_number,
        issues.column_name,
        issues.cell,
        issues.check_id,
        issues.severity,
        issues.message_zh,
        issues.value_masked,
        hex(issues.row_key) as subject,
        hex(issues.value_key) as asked_value,
        case when issues.row_number is null then issues.message_zh end as told,
        replaced_rows.reading_id is not null
        or replaced_forms.reading_id is not null
        or (closed.reading_id is not null and issues.row_number is null) as is_replaced
    from {{ source('landing', 'issues') }} as issues
    left join {{ ref('replaced_issue_rows') }} as replaced_rows
        on
            issues.reading_id = replaced_rows.reading_id
            and issues.form = replaced_rows.form
            and issues.sheet_no = replaced_rows.sheet_no
            and issues.row_number = replaced_rows.row_number
    left join replaced_forms on issues.reading_id = replaced_forms.reading_id and issues.form = replaced_forms.form
    left join {{ ref('closed_rejections') }} as closed
        on issues.reading_id = closed.reading_id and issues.form is not distinct from closed.form
),

found as (
    select * from found_in_reading

    union all

    select
        reading_id,
        form,
        sheet,
        row_number,
        column_name,
        cell,
        check_id,
        severity,
        message_zh,
        value_masked,
        subject,
        detail as asked_value,
        detail as told,
        false as is_replaced
    from {{ ref('cross_document_issues') }}
)

select
    reading_id,
    form,
    sheet,
    row_number,
    column_name,
    cell,
    check_id,
    severity,
    message_zh,
    value_masked,
    is_replaced,
    -- Of nothing that depends on the key of the pseudonyms: an answer still finds its question after a rotation.
    {{ short_digest([
        'form', 'check_id', 'sheet', 'row_number', 'column_name', 'value_masked', 'told',
        'case when row_number is null then subject end'
    ]) }} as issue_no,
    -- A row that is known by its identifiers may stand elsewhere in a later document; anything else is known by what it says.
    {{ short_digest([
        'form', 'check_id', 'column_name', 'subject', 'asked_value', 'case when subject is null then message_zh end'
    ]) }} as issue_key
from found
