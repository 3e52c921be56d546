-- One row a reading, a document in a collection and unit: what became of it.
with

rows_of_documents as (
    select
        reading_id,
        sum(rows_read) as rows_read,
        sum(rows_accepted) as rows_accepted,
        sum(rows_not_counted) as rows_not_counted,
        sum(rows_read) filter (where not is_replaced) as rows_not_replaced,
        min(is_emptying) as is_emptying
    from {{ ref('checked_parts') }}
    group by all
),

forms_of_documents as (
    select
        reading_id,
        {{ joined_text('form') }} as forms
    from {{ source('landing', 'sheets') }}
    group by all
)

select
    readings.reading_id,
    readings.document_id,
    readings.collection_id,
    readings.unit_code,
    readings.path,
    readings.received_at,
    readings.size_bytes,
    case
        when not readings.is_readable then 'rejected'
        when counted.is_emptying and counted.rows_not_replaced > 0 then 'rejected'
        when counted.rows_read > 0 and coalesce(counted.rows_not_replaced, 0) = 0 then 'replaced'
        else 'accepted'
    end as status,
    coalesce(
        readings.reason,
        case when counted.is_emptying and counted.rows_not_replaced > 0 then '缺少以前报过的列，未采用；请报送完整的表' end
    ) as reason,
    forms.forms,
    cast(coalesce(counted.rows_read, 0) as integer) as rows_read,
    cast(coalesce(counted.rows_accepted, 0) as integer) as rows_accepted,
    cast(coalesce(counted.rows_read - counted.rows_accepted, 0) as integer) as rows_quarantined,
    readings.is_set_aside,
    cast(coalesce(counted.rows_not_counted, 0) as integer) as rows_not_counted
from {{ source('landing', 'readings') }} as readings
left join rows_of_documents as counted on readings.reading_id = counted.reading_id
left join forms_of_documents as forms on readings.reading_id = forms.reading_id
