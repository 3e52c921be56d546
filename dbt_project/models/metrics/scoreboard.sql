-- One row a metric, collection and area (the city, a county, the zone): everything that people ask for, in words and figures. The one
-- table to open first; nothing in it that is not elsewhere.
with

figures as (
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
    from figures
    where area_kind = 'county' and value is not null and direction is not null
),

-- Where a third or more share the first place, a place says nothing.
ranked as (
    select
        *,
        sum(case when place = 1 then 1 else 0 end) over (partition by metric_id, collection_id) as counties_at_the_top
    from placed
),

-- Figures as they are shown: shares in per cent, with as many digits as it takes to differ from a target that they differ from.
scaled as (
    select
        *,
        case when value_kind = 'share' then 100 * value else value end as shown,
        case when value_kind = 'share' then 100 * target_value else target_value end as shown_target,
        case when value_kind = 'share' then 100 * target_upper else target_upper end as shown_upper,
        case when value_kind = 'share' then 100 * baseline_value else baseline_value end as shown_baseline,
        case when value_kind = 'share' then 100 * gap else gap end as shown_gap,
        case when value_kind = 'share' then '%' else '' end as sign,
        case when value_kind in ('count', 'sum') then coalesce(' ' || unit_zh, '') else '' end as counter,
        value - previous_value as change
    from figures
),

written as (
    select
        scaled.*,
        {{ digits_shown('shown', 'case when comparator like \'baseline%\' then shown_baseline else shown_target end') }} as digits,
        {{ digits_shown('shown_baseline', 'null') }} as baseline_digits,
        {{ digits_shown('shown_gap', '0') }} as gap_digits
    from scaled
)

select
    written.metric_id,
    written.collection_id,
    written.unit_code,
    written.area_zh,
    written.area_en,
    written.area_kind,
    written.collection_zh,
    written.as_of_date,
    written.project_no,
    written.project_zh,
    written.tier,
    written.name_zh,
    written.name_en,
    written.unit_zh,
    written.direction,
    written.value,
    case
        when written.value is null then null
        when written.value_kind = 'milestone' then case when written.value > 0 then '已完成' else '未完成' end
        when written.is_yes_or_no then case when written.value > 0 then '是' else '否' end
        else {{ number_text('written.shown', 'written.digits') }} || written.sign || written.counter
    end as value_text,
    written.numerator,
    written.denominator,
    written.target_value,
    case
        when written.comparator = 'none' then written.comparator_zh
        when written.comparator like 'baseline%' and written.is_yes_or_no
            then
                written.comparator_zh
                || case when written.baseline_value is null then '' when written.baseline_value > 0 then ' 是' else ' 否' end
        when written.comparator like 'baseline%'
            then written.comparator_zh || coalesce(
                ' ' || {{ number_text('written.shown_baseline', 'written.baseline_digits') }} || written.sign, ''
            )
        when written.target_value is null then '无单位目标'
        when written.value_kind = 'milestone' then '完成'
        when written.is_yes_or_no then '是'
        when written.comparator = 'between'
            then
                written.comparator_zh || ' ' || {{ short_text('written.shown_target') }} || written.sign
                || '–' || {{ short_text('written.shown_upper') }} || written.sign
        else
            case
                when written.comparator = 'approx'
                    then {{ short_text('written.shown_target') }} || written.sign || ' ' || written.comparator_zh
                else written.comparator_zh || ' ' || {{ short_text('written.shown_target') }} || written.sign
            end || coalesce('（上限 ' || {{ short_text('written.shown_upper') }} || written.sign || '）', '')
    end as target_text,
    written.comparator,
    written.status,
    written.status_zh,
    written.status_if_final,
    written.data_status,
    written.gap,
    written.gap_count,
    case
        when written.gap is null then null
        when written.gap = 0 then '无'
        when written.is_yes_or_no then '尚未完成'
        when written.gap_count is not null and written.noun_zh is not null
            then {{ number_text('written.gap_count', '0') }} || ' ' || written.noun_zh
        when written.value_kind = 'share' then {{ number_text('written.shown_gap', 'written.gap_digits') }} || ' 个百分点'
        else {{ number_text('written.shown_gap', 'written.gap_digits') }} || coalesce(' ' || written.unit_zh, '')
    end as gap_text,
    written.baseline_value,
    written.previous_value,
    written.change,
    case
        when written.change = 0 then null
        when written.direction = 'up' then written.change > 0
        when written.direction = 'down' then written.change < 0
    end as change_is_better,
    written.projected_value,
    written.projected_status,
    cast(case when 3 * ranked.counties_at_the_top < ranked.counties then ranked.place end as integer) as rank,
    cast(case when 3 * ranked.counties_at_the_top < ranked.counties then ranked.counties end as integer) as ranked_of,
    written.units_reported,
    written.units_expected,
    written.open_queries,
    written.due_on,
    written.lead_departments,
    written.definition_zh,
    written.definition_en,
    written.area_kind_zh,
    written.tier_zh,
    written.comparator_zh,
    written.status_if_final_zh,
    written.data_status_zh,
    written.projected_status_zh
from written
left join ranked
    on
        written.metric_id = ranked.metric_id
        and written.collection_id = ranked.collection_id
        and written.unit_code = ranked.unit_code
