-- One row an area (the city, a county, the zone) and collection: how many of its targets are met, and how many would be.
with

with_target as (
    select
        scoreboard.*,
        collections.as_of_date as ends_on
    from {{ ref('scoreboard') }} as scoreboard
    inner join {{ ref('dim_collection') }} as collections on scoreboard.collection_id = collections.collection_id
    inner join {{ ref('dim_metric') }} as metrics on scoreboard.metric_id = metrics.metric_id
    where scoreboard.comparator <> 'none' and (scoreboard.area_kind = 'city' or metrics.unit_target <> 'none')
),

counted as (
    select
        collection_id,
        unit_code,
        area_zh,
        area_en,
        area_kind,
        area_kind_zh,
        ends_on,
        count(*) as targets,
        count(*) filter (where status = 'met') as met,
        count(*) filter (where status = 'provisional' and status_if_final = 'met') as would_be_met,
        count(*) filter (where status = 'on_track') as on_track,
        count(*) filter (where status = 'behind') as behind,
        count(*) filter (where status = 'provisional') as provisional,
        count(*) filter (where status = 'no_data') as no_data
    from with_target
    group by all
)

select
    collection_id,
    unit_code,
    area_zh,
    area_en,
    area_kind,
    {% for count in ['targets', 'met', 'would_be_met', 'on_track', 'behind', 'provisional', 'no_data'] -%}
    cast({{ count }} as integer) as {{ count }},
    {% endfor -%}
    cast(met - lag(met) over (partition by unit_code order by ends_on) as integer) as met_change,
    area_kind_zh
from counted
