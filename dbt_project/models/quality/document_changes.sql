-- One row a version of a return and a version before it whose place it took, wholly or in part: what changed between them.
with

cells as (
    select
        document_id,
        previous_document_id,
        collection_id,
        unit_code,
        form,
        count(*) as cells_changed
    from {{ ref('cell_changes') }}
    group by all
)

select
    now.document_id,
    before.document_id as previous_document_id,
    now.collection_id,
    now.unit_code,
    changes.form,
    cast(changes.rows_added as integer) as rows_added,
    cast(changes.rows_removed as integer) as rows_removed,
    cast(changes.rows_changed as integer) as rows_changed,
    cast(changes.rows_same as integer) as rows_same,
    case when forms.kind = 'return' then cast(coalesce(cells.cells_changed, 0) as integer) end as cells_changed,
    forms.name_zh as form_zh
from {{ ref('row_changes') }} as changes
inner join {{ source('landing', 'readings') }} as now on changes.reading_id = now.reading_id
inner join {{ source('landing', 'readings') }} as before on changes.previous_reading_id = before.reading_id
inner join {{ source('landing', 'forms') }} as forms on changes.form = forms.form
left join cells
    on
        now.document_id = cells.document_id
        and before.document_id = cells.previous_document_id
        and now.collection_id = cells.collection_id
        and now.unit_code = cells.unit_code
        and changes.form = cells.form
