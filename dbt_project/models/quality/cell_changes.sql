-- One row a cell of a return that a later version gives another value, by the key of its row. Rosters are not listed: their
-- rows are persons.
with

successions as (
    select distinct
        parts.collection_id,
        parts.unit_code,
        parts.form,
        parts.school_id,
        parts.reading_id,
        parts.document_id,
        parts.previous_reading_id,
        previous.document_id as previous_document_id
    from {{ ref('part_versions') }} as parts
    inner join {{ source('landing', 'readings') }} as previous on parts.previous_reading_id = previous.reading_id
),

cells as (
    select
        reading_id,
        form,
        row_key,
        column_name,
        min(value) as value
    from {{ source('landing', 'cells') }}
    group by all
),

cells_of_versions as (
    select
        successions.*,
        cells.row_key,
        cells.column_name,
        cells.value,
        cells.reading_id = successions.reading_id as is_now
    from successions
    inner join cells
        on
            successions.form = cells.form
            and cells.reading_id in (successions.reading_id, successions.previous_reading_id)
            -- A return about schools has the school for its key.
            and (successions.school_id is null or successions.school_id = cells.row_key)
),

compared as (
    select
        document_id,
        previous_document_id,
        collection_id,
        unit_code,
        form,
        row_key,
        column_name,
        max(value) filter (where not is_now) as previous_value,
        max(value) filter (where is_now) as value
    from cells_of_versions
    group by all
),

rows_in_both as (
    select
        *,
        count(previous_value) over same_row > 0 and count(value) over same_row > 0 as is_in_both
    from compared
    window same_row as (partition by document_id, previous_document_id, collection_id, unit_code, form, row_key)
)

select
    document_id,
    previous_document_id,
    collection_id,
    unit_code,
    form,
    row_key,
    column_name,
    previous_value,
    value,
    {{ form_name('rows_in_both.form') }} as form_zh
from rows_in_both
where is_in_both and value is distinct from previous_value
