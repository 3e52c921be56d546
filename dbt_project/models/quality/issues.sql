-- One row a fault of a cell, row, sheet or document, of documents that are not replaced: what the reader found,
-- and what shows only beside other documents. Checks that ask about a unit or the city as a whole would join here.
with

standing as (
    select readings.*
    from {{ source('landing', 'readings') }} as readings
    inner join {{ ref('documents') }} as documents
        on
            readings.document_id = documents.document_id
            and readings.collection_id = documents.collection_id
            and readings.unit_code = documents.unit_code
    where documents.status <> 'replaced'
),

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
        replaced_rows.reading_id is not null or replaced_forms.reading_id is not null as is_replaced
    from {{ source('landing', 'issues') }} as issues
    left join {{ ref('replaced_issue_rows') }} as replaced_rows
        on
            issues.reading_id = replaced_rows.reading_id
            and issues.form = replaced_rows.form
            and issues.sheet_no = replaced_rows.sheet_no
            and issues.row_number = replaced_rows.row_number
    left join replaced_forms on issues.reading_id = replaced_forms.reading_id and issues.form = replaced_forms.form
),

found_beside_others as (
    select
        faults.reading_id,
        faults.form,
        sheets.sheet,
        faults.row_number,
        faults.column_name,
        columns.column_letter || cast(faults.row_number as string) as cell,
        faults.check_id,
        checks.severity,
        replace(
            replace(
                replace(checks.message_zh, '{column}', faults.heading_zh),
                '{value}', coalesce(faults.value_masked, '***')
            ),
            '{detail}', coalesce(faults.detail, '')
        ) as message_zh,
        faults.value_masked,
        false as is_replaced
    from {{ ref('row_faults') }} as faults
    inner join {{ ref('checks') }} as checks on faults.check_id = checks.check_id
    inner join {{ source('landing', 'sheets') }} as sheets
        on faults.reading_id = sheets.reading_id and faults.sheet_no = sheets.sheet_no and faults.form = sheets.form
    left join {{ source('landing', 'columns') }} as columns
        on
            faults.reading_id = columns.reading_id
            and faults.sheet_no = columns.sheet_no
            and faults.form = columns.form
            and faults.column_name = columns.column_name
    where not faults.is_replaced
),

found as (
    select * from found_in_reading
    union all
    select * from found_beside_others
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
    found.is_replaced
from found
inner join standing on found.reading_id = standing.reading_id
