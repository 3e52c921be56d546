{# CTEs that end in `judged`: every row of `figures` with its target, how far it is from what would meet it, and its status.
   They stand here because the composite of the plan counts statuses, and has one itself. #}
{% macro judged_rows(figures) -%}
baselines as (
    select
        figures.metric_id,
        figures.unit_code,
        figures.value as baseline_value,
        collections.as_of_date as baseline_on
    from {{ figures }} as figures
    inner join {{ ref('collections') }} as collections on figures.collection_id = collections.collection_id
    where collections.is_baseline
),

targets as (
    select
        figures.*,
        metrics.tier,
        metrics.value_kind,
        metrics.comparator,
        metrics.due_on,
        collections.as_of_date,
        collections.is_baseline,
        baselines.baseline_value,
        baselines.baseline_on,
        units.kind = 'municipal' as is_city,
        units.kind = 'municipal' or metrics.unit_target <> 'none' as has_target,
        case
            when units.kind = 'municipal' or metrics.unit_target = 'same' then metrics.target_value
            when metrics.unit_target = 'one' then 1
        end as target_value,
        case when units.kind = 'municipal' or metrics.unit_target = 'same' then metrics.target_upper end as target_upper
    from {{ figures }} as figures
    inner join {{ ref('metrics') }} as metrics on figures.metric_id = metrics.metric_id
    inner join {{ ref('collections') }} as collections on figures.collection_id = collections.collection_id
    inner join {{ ref('reporting_units') }} as units on figures.unit_code = units.unit_code
    left join baselines on figures.metric_id = baselines.metric_id and figures.unit_code = baselines.unit_code
),

-- What would meet the target; for `between` its lower end.
goals as (
    select
        *,
        case
            when not has_target then null
            when comparator in ('>=', '<=', 'between') then target_value
            when comparator = 'approx' then {{ var('approximate_from') }} * target_value
            when comparator in ('baseline_up', 'baseline_down') then baseline_value
        end as goal
    from targets
),

gaps as (
    select
        *,
        {{ gap_of('value') }} as gap,
        -- The straight line from the baseline to the goal, read at the end of the collection's year.
        baseline_value + (goal - baseline_value) * {{ days_between('baseline_on', 'as_of_date') }}
        / nullif({{ days_between('baseline_on', 'due_on') }}, 0) as line_value
    from goals
),

-- The status that the value would have were it final.
settled as (
    select
        *,
        case
            when data_status in ('no_data', 'not_applicable') then data_status
            when is_baseline then 'baseline'
            when comparator = 'none' or not has_target then 'monitor'
            when gap is null then 'monitor'
            when gap = 0 then 'met'
            when as_of_date > due_on then 'behind'
            when comparator in ('>=', 'approx') and value >= line_value then 'on_track'
            when comparator = '<=' and value <= line_value then 'on_track'
            else 'behind'
        end as status_if_final
    from gaps
),

judged as (
    select
        *,
        case
            when data_status = 'provisional' and not is_baseline and comparator <> 'none' and has_target then 'provisional'
            else status_if_final
        end as status
    from settled
)
{%- endmacro %}


{# How far a value is from `goal`, which would meet the target; of `between` also from its upper end. #}
{% macro gap_of(value) -%}
    case
        when {{ value }} is null or goal is null then null
        when comparator in ('<=', 'baseline_down') then greatest({{ value }} - goal, 0)
        when comparator = 'between' then greatest(goal - {{ value }}, {{ value }} - target_upper, 0)
        else greatest(goal - {{ value }}, 0)
    end
{%- endmacro %}
