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

beside_others as (
    select
        reading_id,
        form,
        sheet_no,
        row_number,
        column_name,
        heading_zh,
        check_id,
        school_id as subject,
        coalesce(value_masked, '***') as value_shown,
        value_masked,
        detail
    from {{ ref('row_faults') }}
    where not is_replaced

    union all

    select
        reading_id,
        form,
        sheet_no,
        row_number,
        column_name,
        heading_zh,
        check_id,
        subject,
        cast(null as string) as value_shown,
        cast(null as string) as value_masked,
        detail
    from {{ ref('pupil_queries') }}

    union all

    select
        reading_id,
        form,
        cast(null as integer) as sheet_no,
        cast(null as integer) as row_number,
        cast(null as string) as column_name,
        cast(null as string) as heading_zh,
        check_id,
        subject,
        cast(null as string) as value_shown,
        cast(null as string) as value_masked,
        detail
    from {{ ref('unit_queries') }}

    union all

    -- What is asked about a document is asked about that document alone.
    select
        queries.reading_id,
        queries.form,
        cast(null as integer) as sheet_no,
        cast(null as integer) as row_number,
        cast(null as string) as column_name,
        cast(null as string) as heading_zh,
        queries.check_id,
        readings.document_id as subject,
        cast(null as string) as value_shown,
        cast(null as string) as value_masked,
        queries.detail
    from {{ ref('document_queries') }} as queries
    inner join {{ source('landing', 'readings') }} as readings on queries.reading_id = readings.reading_id
),

found_beside_others as (
    select
        found.reading_id,
        found.form,
        sheets.sheet,
        found.row_number,
        found.column_name,
        columns.column_letter || cast(found.row_number as string) as cell,
        found.check_id,
        checks.severity,
        replace(
            replace(
                replace(
                    replace(checks.message_zh, '{column}', coalesce(found.heading_zh, '')),
                    '{value}', coalesce(found.value_shown, '')
                ),
                '{detail}', coalesce(found.detail, '')
            ),
            '{form}', coalesce(forms.name_zh, '')
        ) as message_zh,
        found.value_masked,
        found.subject,
        found.detail as asked_value,
        found.detail as told,
        false as is_replaced
    from beside_others as found
    inner join {{ ref('checks') }} as checks on found.check_id = checks.check_id
    left join {{ source('landing', 'forms') }} as forms on found.form = forms.form
    left join {{ source('landing', 'sheets') }} as sheets
        on found.reading_id = sheets.reading_id and found.sheet_no = sheets.sheet_no and found.form = sheets.form
    left join {{ source('landing', 'columns') }} as columns
        on
            found.reading_id = columns.reading_id
            and found.sheet_no = columns.sheet_no
            and found.form = columns.form
            and found.column_name = columns.column_name
),

found as (
    select * from found_in_reading
    union all
    select * from found_beside_others
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
