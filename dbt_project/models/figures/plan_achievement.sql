-- One row a collection: how many of the tier A targets of the city are met, of those that a status says something of.
with

{{ judged_rows(ref('metric_figures')) }},

tier_a as (
    select
        collection_id,
        is_baseline,
        cast(count(*) filter (where status = 'met') as {{ type_double() }}) as numerator,
        cast(count(*) filter (where status in ('met', 'on_track', 'behind', 'provisional')) as {{ type_double() }}) as denominator,
        count(*) filter (where data_status <> 'no_data') as with_data,
        count(*) filter (where data_status <> 'final') as not_final
    from judged
    where tier = 'A' and is_city
    group by all
),

composite as (
    select
        *,
        case
            when with_data = 0 then 'no_data'
            when is_baseline or denominator = 0 then 'not_applicable'
            when not_final = 0 then 'final'
            else 'provisional'
        end as data_status
    from tier_a
)

select
    collection_id,
    case when data_status in ('final', 'provisional') then numerator end as numerator,
    case when data_status in ('final', 'provisional') then denominator end as denominator,
    case when data_status in ('final', 'provisional') then numerator / denominator end as value,
    data_status
from composite
