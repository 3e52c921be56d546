-- One row a unit (county or zone) that has reported, stage and indicator of balanced compulsory education, in a collection.
with

units_reported as (
    select
        collection_id,
        unit_code
    from {{ ref('metric_coverage') }}
    where
        metric_id = 'seven_indicator_pass_schools'
        and is_reported
        and unit_code = delivering_unit_code
        and unit_code in (select units.unit_code from {{ ref('reporting_units') }} as units where units.kind <> 'municipal')
),

-- Sections with a blank value are in neither sum.
means as (
    select
        *,
        sum(amount) over (partition by collection_id, unit_code, stage, indicator)
        / sum(case when amount is not null then pupils end) over (partition by collection_id, unit_code, stage, indicator)
            as mean_per_pupil,
        case when amount is not null then pupils end as pupils_weighed
    from {{ ref('balance_sections') }}
),

spreads as (
    select
        collection_id,
        unit_code,
        stage,
        indicator,
        count(*) as sections,
        count(*) filter (where is_on_line) as sections_meeting,
        max(mean_per_pupil * per_pupils) as mean_value,
        sqrt(sum(pupils_weighed * power(amount / pupils_weighed - mean_per_pupil, 2)) / sum(pupils_weighed))
        / nullif(max(mean_per_pupil), 0) as cv
    from means
    group by all
)

select
    units_reported.collection_id,
    units_reported.unit_code,
    lines.stage,
    lines.indicator,
    cast(coalesce(spreads.sections, 0) as integer) as sections,
    cast(coalesce(spreads.sections_meeting, 0) as integer) as sections_meeting,
    spreads.mean_value,
    lines.line,
    spreads.cv,
    lines.cv_limit,
    lines.name_zh as indicator_zh,
    lines.unit_zh
from units_reported
cross join {{ ref('balance_lines') }} as lines
left join spreads
    on
        units_reported.collection_id = spreads.collection_id
        and units_reported.unit_code = spreads.unit_code
        and lines.stage = spreads.stage
        and lines.indicator = spreads.indicator
