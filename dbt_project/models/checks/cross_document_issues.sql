-- One row a fault or question that shows only beside other documents, in the words of its check: about a row of a
-- document, about a return or a school in it, or about the document itself.
{{ config(materialized="view") }}

with

not_about_a_row as (
    select
        reading_id,
        form,
        check_id,
        subject,
        detail
    from {{ ref('return_checks') }}

    union all

    -- What is asked about a document is asked about that document alone.
    select
        queries.reading_id,
        queries.form,
        queries.check_id,
        readings.document_id as subject,
        queries.detail
    from {{ ref('document_queries') }} as queries
    inner join {{ source('landing', 'readings') }} as readings on queries.reading_id = readings.reading_id
),

units_with_schools as (
    select distinct
        collection_id,
        unit_code
    from {{ ref('known_schools') }}
),

-- Where no register has ever come no school is known: that is asked about once, and not at every row.
found as (
    select
        faults.reading_id,
        faults.form,
        faults.check_id,
        faults.school_id as subject,
        faults.detail,
        faults.sheet_no,
        faults.row_number,
        faults.column_name,
        faults.heading_zh,
        faults.value_masked
    from {{ ref('row_faults') }} as faults
    inner join {{ source('landing', 'readings') }} as readings on faults.reading_id = readings.reading_id
    left join units_with_schools as units
        on readings.collection_id = units.collection_id and readings.unit_code = units.unit_code
    where not faults.is_replaced and (faults.check_id <> 'row.unknown_school' or units.unit_code is not null)

    union all

    {% for queries in ['pupil_queries', 'grade_queries'] %}
    select
        reading_id,
        form,
        check_id,
        subject,
        detail,
        sheet_no,
        row_number,
        column_name,
        heading_zh,
        value_masked
    from {{ ref(queries) }}

    union all

    {% endfor %}
    select
        *,
        null as sheet_no,
        null as row_number,
        null as column_name,
        null as heading_zh,
        null as value_masked
    from not_about_a_row
)

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
                '{value}', coalesce(found.value_masked, '***')
            ),
            '{detail}', coalesce(found.detail, '')
        ),
        '{form}', coalesce(forms.name_zh, '')
    ) as message_zh,
    found.value_masked,
    found.subject,
    found.detail
from found
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
