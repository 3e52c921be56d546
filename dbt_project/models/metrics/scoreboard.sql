-- One row a metric, collection and area (the city, a county, the zone): everything that people ask for, in words and figures. The one
-- table to open first; nothing in it that is not elsewhere.
with

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
        case when value_kind in ('count', 'sum') then coalesce(' ' || unit_zh, '') else '' end as counter
    from {{ ref('scoreboard_figures') }}
),

written as (
    select
        *,
        {{ digits_shown('shown', 'case when comparator like \'baseline%\' then shown_baseline else shown_target end') }} as digits,
        {{ digits_shown('shown_baseline', 'null') }} as baseline_digits,
        {{ digits_shown('shown_gap', '0') }} as gap_digits
    from scaled
)

select
    metric_id,
    collection_id,
    unit_code,
    area_zh,
    area_en,
    area_kind,
    collection_zh,
    as_of_date,
    project_no,
    project_zh,
    tier,
    name_zh,
    name_en,
    unit_zh,
    direction,
    value,
    case
        when value is null then null
        when value_kind = 'milestone' then case when value > 0 then '已完成' else '未完成' end
        when is_yes_or_no then case when value > 0 then '是' else '否' end
        else {{ number_text('shown', 'digits') }} || sign || counter
    end as value_text,
    numerator,
    denominator,
    target_value,
    case
        when comparator = 'none' then comparator_zh
        when comparator like 'baseline%' and is_yes_or_no
            then
                comparator_zh
                || case when baseline_value is null then '' when baseline_value > 0 then ' 是' else ' 否' end
        when comparator like 'baseline%'
            then comparator_zh || coalesce(
                ' ' || {{ number_text('shown_baseline', 'baseline_digits') }} || sign, ''
            )
        when target_value is null then '无单位目标'
        when value_kind = 'milestone' then '完成'
        when is_yes_or_no then '是'
        when comparator = 'between'
            then
                comparator_zh || ' ' || {{ short_text('shown_target') }} || sign
                || '–' || {{ short_text('shown_upper') }} || sign
        else
            case
                when comparator = 'approx'
                    then {{ short_text('shown_target') }} || sign || ' ' || comparator_zh
                else comparator_zh || ' ' || {{ short_text('shown_target') }} || sign
            end || coalesce('（上限 ' || {{ short_text('shown_upper') }} || sign || '）', '')
    end as target_text,
    comparator,
    status,
    status_zh,
    status_if_final,
    data_status,
    gap,
    gap_count,
    case
        when gap is null then null
        when gap = 0 then '无'
        when is_yes_or_no then '尚未完成'
        when gap_count is not null and noun_zh is not null
            then {{ number_text('gap_count', '0') }} || ' ' || noun_zh
        when value_kind = 'share' then {{ number_text('shown_gap', 'gap_digits') }} || ' 个百分点'
        else {{ number_text('shown_gap', 'gap_digits') }} || coalesce(' ' || unit_zh, '')
    end as gap_text,
    baseline_value,
    previous_value,
    change,
    change_is_better,
    projected_value,
    projected_status,
    rank,
    ranked_of,
    units_reported,
    units_expected,
    open_queries,
    due_on,
    lead_departments,
    definition_zh,
    definition_en,
    area_kind_zh,
    tier_zh,
    comparator_zh,
    status_if_final_zh,
    data_status_zh,
    projected_status_zh
from written
