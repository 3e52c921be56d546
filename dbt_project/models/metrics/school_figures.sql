-- One row a metric that is counted school by school, collection, unit and school: what the school puts into the unit's figures. Internal:
-- never part of open data.
select
    parts.metric_id,
    parts.collection_id,
    parts.unit_code,
    parts.school_id,
    coalesce(parts.numerator, 0) as numerator,
    parts.denominator,
    -- By the school's own value against what would meet the unit's target; where there is none, by whether anything is missing.
    coalesce(
        case
            when progress.comparator in ('<=', 'baseline_down')
                then coalesce(parts.numerator, 0) > coalesce(progress.target_value, progress.baseline_value) * parts.denominator
            when progress.comparator = 'approx' and progress.target_value is not null
                then coalesce(parts.numerator, 0) < {{ var('approximate_from') }} * progress.target_value * parts.denominator
            when progress.comparator = 'baseline_up' and progress.baseline_value is not null
                then coalesce(parts.numerator, 0) < progress.baseline_value * parts.denominator
            when progress.target_value is not null
                then coalesce(parts.numerator, 0) < progress.target_value * parts.denominator
            else coalesce(parts.numerator, 0) < parts.denominator
        end,
        false
    ) as falls_short
from {{ ref('metric_parts') }} as parts
inner join {{ ref('metric_coverage') }} as coverage
    on
        parts.metric_id = coverage.metric_id
        and parts.collection_id = coverage.collection_id
        and parts.unit_code = coverage.delivering_unit_code
        and coverage.is_reported
inner join {{ ref('reporting_units') }} as cities on coverage.unit_code = cities.unit_code and cities.kind = 'municipal'
-- The municipal unit's own schools count in the city's row alone, and are held against its target.
inner join {{ ref('target_progress') }} as progress
    on
        parts.metric_id = progress.metric_id
        and parts.collection_id = progress.collection_id
        and parts.unit_code = progress.unit_code
where parts.school_id is not null
