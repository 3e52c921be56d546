-- One row a declared metric and unit that lists it, in a collection: shares and sums as declared, the rest by status.
select
    metrics.metric_id,
    items.collection_id,
    items.unit_code,
    cast(null as string) as school_id,
    case
        when metrics.value_kind in ('share', 'ratio', 'sum') then items.numerator
        when items.status = 'done' then 1
        else 0
    end as numerator,
    case when metrics.value_kind in ('share', 'ratio') then items.denominator end as denominator
from {{ ref('metrics') }} as metrics
inner join {{ ref('fct_progress_item') }} as items on metrics.target_id = items.item
where metrics.method = 'declared'
