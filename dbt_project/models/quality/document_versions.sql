-- One row a version of a return: a document that speaks for its unit in a form, with what it replaced and what replaced it.
with

versions as (
    select
        reading_id,
        collection_id,
        unit_code,
        form,
        document_id,
        arrival_no,
        sum(rows_read) as rows_read,
        sum(rows_read) filter (where not is_replaced) as rows_standing,
        {{ joined_text('next_document_id') }} as replaced_by
    from {{ ref('part_versions') }}
    group by all
),

predecessors as (
    select
        parts.reading_id,
        parts.form,
        {{ joined_text('previous.document_id') }} as replaces
    from {{ ref('part_versions') }} as parts
    inner join {{ source('landing', 'readings') }} as previous on parts.previous_reading_id = previous.reading_id
    group by parts.reading_id, parts.form
),

numbered as (
    select
        versions.document_id,
        versions.collection_id,
        versions.unit_code,
        versions.form,
        cast(
            row_number() over (
                partition by versions.collection_id, versions.unit_code, versions.form order by versions.arrival_no
            ) as integer
        ) as version_no,
        readings.received_at,
        case
            when versions.rows_standing is null then 'replaced'
            when versions.rows_standing < versions.rows_read then 'partly_replaced'
            else 'current'
        end as status,
        cast(versions.rows_read as integer) as rows_read,
        cast(coalesce(versions.rows_standing, 0) as integer) as rows_standing,
        predecessors.replaces,
        versions.replaced_by
    from versions
    inner join {{ source('landing', 'readings') }} as readings on versions.reading_id = readings.reading_id
    left join predecessors on versions.reading_id = predecessors.reading_id and versions.form = predecessors.form
)

select
    *,
    {{ form_name('numbered.form') }} as form_zh,
    {{ word_for('version_status', 'numbered.status') }} as status_zh
from numbered
