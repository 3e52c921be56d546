-- One row a metric, collection and area: the figures of the scoreboard, the change since the collection before, and the place among
-- the counties. The words are `scoreboard`'s.
{{ config(schema='figures', materialized='view', contract={'enforced': false}) }}

with

valued as (
    select
        figures.metric_id,
        figures.collection_id,
        figures.unit_code,
        areas.area_zh,
        areas.area_en,
        areas.area_kind,
        areas.area_kind_zh,
        collections.name_zh as collection_zh,
        collections.as_of_date,
        metrics.project_no,
        metrics.project_zh,
        metrics.name_zh,
        metrics.name_en,
        metrics.unit_zh,
        nouns.label_zh as noun_zh,
        metrics.value_kind,
        metrics.definition_zh,
        metrics.definition_en,
        metrics.value_kind = 'milestone' or (metrics.unit = 'counties' and areas.area_kind <> 'city') as is_yes_or_no,
        case
            when progress.comparator in ('>=', 'approx', 'baseline_up') then 'up'
            when progress.comparator in ('<=', 'baseline_down') then 'down'
        end as direction,
        figures.value,
        figures.numerator,
        figures.denominator,
        figures.data_status,
        figures.data_status_zh,
        figures.units_reported,
        figures.units_expected,
        figures.open_queries,
        progress.tier,
        progress.tier_zh,
        progress.target_value,
        progress.target_upper,
        progress.baseline_value,
        progress.comparator,
        progress.comparator_zh,
        progress.status,
        progress.status_zh,
        progress.status_if_final,
        progress.status_if_final_zh,
        progress.gap,
        progress.gap_count,
        progress.projected_value,
        progress.projected_status,
        progress.projected_status_zh,
        progress.due_on,
        progress.lead_departments,
        lag(figures.value) over (
            partition by figures.metric_id, figures.unit_code order by collections.as_of_date
        ) as previous_value
    from {{ ref('metric_values') }} as figures
    inner join {{ ref('target_progress') }} as progress
        on
            figures.metric_id = progress.metric_id
            and figures.collection_id = progress.collection_id
            and figures.unit_code = progress.unit_code
    inner join {{ ref('dim_metric') }} as metrics on figures.metric_id = metrics.metric_id
    inner join {{ ref('dim_collection') }} as collections on figures.collection_id = collections.collection_id
    inner join {{ ref('dim_area') }} as areas on figures.unit_code = areas.unit_code
    left join {{ ref('labels') }} as nouns on nouns.vocabulary = 'noun' and metrics.unit = nouns.code
),

-- Places among the counties, the best first.
placed as (
    select
        metric_id,
        collection_id,
        unit_code,
        rank() over (
            partition by metric_id, collection_id order by case when direction = 'down' then value else -value end
        ) as place,
        count(*) over (partition by metric_id, collection_id) as counties
    from valued
    where area_kind = 'county' and value is not null and direction is not null
),

-- Where a third or more share the first place, a place says nothing.
ranked as (
    select
        *,
        sum(case when place = 1 then 1 else 0 end) over (partition by metric_id, collection_id) as counties_at_the_top
    from placed
)

select
    valued.*,
    valued.value - valued.previous_value as change,
    case
        when valued.value = valued.previous_value then null
        when valued.direction = 'up' then valued.value > valued.previous_value
        when valued.direction = 'down' then valued.value < valued.previous_value
    end as change_is_better,
    cast(case when 3 * ranked.counties_at_the_top < ranked.counties then ranked.place end as integer) as rank,
    cast(case when 3 * ranked.counties_at_the_top < ranked.counties then ranked.counties end as integer) as ranked_of
from valued
left join ranked
    on
        valued.metric_id = ranked.metric_id
        and valued.collection_id = ranked.collection_id
        and valued.unit_code = ranked.unit_code
