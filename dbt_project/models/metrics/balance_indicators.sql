-- One row a unit (county or zone) that has reported, stage and indicator of balanced compulsory education, in a collection.
with

units_reported as (
    select
        coverage.collection_id,
        coverage.unit_code
    from {{ ref('metric_coverage') }} as coverage
    inner join {{ ref('reporting_units') }} as units on coverage.unit_code = units.unit_code
    where
        coverage.metric_id = 'seven_indicator_pass_schools'
        and coverage.is_reported
        and units.kind <> 'municipal'
),

-- Sections with a blank value are in neither sum.
means as (
    select
        collection_id,
        unit_code,
        stage,
        indicator,
        count(*) as sections,
        count(*) filter (where is_on_line) as sections_meeting,
        {{ in_order('sum', 'amount', 'school_id') }} / sum(pupils) filter (where amount is not null) as mean_per_pupil
    from {{ ref('balance_sections') }}
    group by all
),

spreads as (
    select
        means.*,
        sqrt(
            {{ in_order(
                'sum',
                'sections.pupils * power(sections.amount / sections.pupils - means.mean_per_pupil, 2)',
                'sections.school_id'
            ) }} / sum(sections.pupils)
        ) as deviation_per_pupil
    from means
    left join {{ ref('balance_sections') }} as sections
        on
            means.collection_id = sections.collection_id
            and means.unit_code = sections.unit_code
            and means.stage = sections.stage
            and means.indicator = sections.indicator
            and sections.amount is not null
    group by all
)

select
    units_reported.collection_id,
    units_reported.unit_code,
    lines.stage,
    lines.indicator,
    cast(coalesce(spreads.sections, 0) as integer) as sections,
    cast(coalesce(spreads.sections_meeting, 0) as integer) as sections_meeting,
    spreads.mean_per_pupil * lines.per_pupils as mean_value,
    lines.line,
    spreads.deviation_per_pupil / nullif(spreads.mean_per_pupil, 0) as cv,
    lines.cv_limit,
    lines.name_zh as indicator_zh,
    lines.unit_zh,
    {{ word_for('stage', 'lines.stage') }} as stage_zh
from units_reported
cross join {{ ref('balance_lines') }} as lines
left join spreads
    on
        units_reported.collection_id = spreads.collection_id
        and units_reported.unit_code = spreads.unit_code
        and lines.stage = spreads.stage
        and lines.indicator = spreads.indicator
