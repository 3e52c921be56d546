-- One row a metric, collection and row of the scoreboard, as in metric_values: how far it has come towards its target.
with

{{ judged_rows(ref('metric_values')) }},

-- Least squares through the final values up to this collection, with time counted from the due date: its value there.
projections as (
    select
        judged.metric_id,
        judged.collection_id,
        judged.unit_code,
        {{ in_order(
            'regr_intercept',
            'past.value, ' ~ days_between('past.due_on', 'past.as_of_date'),
            'past.as_of_date'
        ) }} as projected_value
    from judged
    inner join judged as past
        on
            judged.metric_id = past.metric_id
            and judged.unit_code = past.unit_code
            and judged.as_of_date >= past.as_of_date
            and past.data_status = 'final'
    group by all
    having count(past.value) >= 2
),

-- Held to what the kind of value can be.
projected as (
    select
        judged.*,
        case
            when projections.projected_value is null then null
            when judged.value_kind = 'share' then least(greatest(projections.projected_value, 0), 1)
            when judged.value_kind in ('count', 'sum', 'milestone') then greatest(projections.projected_value, 0)
            else projections.projected_value
        end as projected_value,
        lag(judged.status) over (partition by judged.metric_id, judged.unit_code order by judged.as_of_date) as previous_status
    from judged
    left join projections
        on
            judged.metric_id = projections.metric_id
            and judged.collection_id = projections.collection_id
            and judged.unit_code = projections.unit_code
),

foreseen as (
    select
        *,
        case
            when projected_value is null then null
            when comparator = 'none' or goal is null then 'monitor'
            -- The line through the values is a sum of doubles: what is left of it by chance misses nothing.
            when {{ gap_of('projected_value') }} <= 1e-9 then 'met'
            else 'behind'
        end as projected_status
    from projected
)

select
    judged.metric_id,
    judged.collection_id,
    judged.unit_code,
    judged.baseline_value,
    cast(judged.target_value as {{ type_double() }}) as target_value,
    judged.target_upper,
    judged.comparator,
    judged.status,
    judged.gap,
    cast(
        case
            when judged.value_kind = 'share' then ceil(round(judged.gap * judged.denominator, 9))
            when judged.value_kind in ('count', 'sum') then ceil(round(judged.gap, 9))
        end as {{ type_double() }}
    ) as gap_count,
    case
        when judged.gap = 0 then 0
        when judged.due_on > judged.as_of_date
            then judged.gap / ({{ days_between('judged.as_of_date', 'judged.due_on') }} / cast(365.25 as {{ type_double() }}))
    end as required_per_year,
    judged.projected_value,
    metrics.tier,
    metrics.project_no,
    metrics.name_zh,
    metrics.name_en,
    metrics.unit,
    metrics.due_on,
    metrics.stretch,
    metrics.lead_departments,
    metrics.responsible_units,
    {{ word_for('comparator', 'judged.comparator') }} as comparator_zh,
    {{ word_for('target_status', 'judged.status') }} as status_zh,
    {{ word_for('tier', 'metrics.tier') }} as tier_zh,
    judged.status_if_final,
    judged.projected_status,
    judged.previous_status,
    {{ word_for('target_status', 'judged.status_if_final') }} as status_if_final_zh,
    {{ word_for('target_status', 'judged.projected_status') }} as projected_status_zh,
    {{ word_for('target_status', 'judged.previous_status') }} as previous_status_zh,
    {{ word_for('unit', 'metrics.unit') }} as unit_zh
from foreseen as judged
inner join {{ ref('metrics') }} as metrics on judged.metric_id = metrics.metric_id
