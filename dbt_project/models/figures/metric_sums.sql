-- One row a metric, collection and row of the scoreboard (a unit, or the city): who has reported, and what they reported, summed.
with

coverage as (
    select
        metric_id,
        collection_id,
        unit_code,
        count(*) as units_expected,
        count(*) filter (where is_reported) as units_reported,
        coalesce(sum(schools_expected) filter (where is_reported), 0) as schools_expected,
        coalesce(sum(schools_reported) filter (where is_reported), 0) as schools_reported
    from {{ ref('metric_coverage') }}
    group by all
),

pooled as (
    select
        served.metric_id,
        served.collection_id,
        served.unit_code,
        {% for column in ['numerator', 'denominator', 'numerator_over', 'denominator_over'] -%}
        {{ in_order('sum', 'inputs.' ~ column, 'inputs.unit_code') }} as {{ column }},
        {% endfor -%}
        min(inputs.numerator / nullif(inputs.denominator, 0)) as least_of_units
    from {{ ref('metric_coverage') }} as served
    inner join {{ ref('metric_inputs') }} as inputs
        on
            served.metric_id = inputs.metric_id
            and served.collection_id = inputs.collection_id
            and served.delivering_unit_code = inputs.unit_code
    where served.is_reported
    group by all
),

-- What was recognised in an area counts in its own row, and once in the city's however many areas it has.
recognised as (
    select
        served.metric_id,
        served.collection_id,
        served.unit_code,
        count(distinct recognised.counted) as things
    from {{ ref('metric_coverage') }} as served
    inner join {{ ref('reporting_units') }} as units on served.unit_code = units.unit_code
    inner join {{ ref('recognised') }} as recognised
        on
            served.metric_id = recognised.metric_id
            and served.collection_id = recognised.collection_id
            and (units.kind = 'municipal' or served.unit_code = recognised.area_unit_code)
    where served.is_reported
    group by all
)

select
    coverage.metric_id,
    coverage.collection_id,
    coverage.unit_code,
    coverage.units_expected,
    coverage.units_reported,
    coverage.schools_expected,
    coverage.schools_reported,
    coalesce(cast(recognised.things as {{ type_double() }}), pooled.numerator, 0) as numerator,
    pooled.denominator,
    pooled.numerator_over,
    pooled.denominator_over,
    pooled.least_of_units
from coverage
left join pooled
    on
        coverage.metric_id = pooled.metric_id
        and coverage.collection_id = pooled.collection_id
        and coverage.unit_code = pooled.unit_code
left join recognised
    on
        coverage.metric_id = recognised.metric_id
        and coverage.collection_id = recognised.collection_id
        and coverage.unit_code = recognised.unit_code
