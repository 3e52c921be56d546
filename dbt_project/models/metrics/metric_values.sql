-- One row a metric, collection and row of the scoreboard (a unit, or the city), also where there is no data.
with

figures as (
    select
        metric_id,
        collection_id,
        unit_code,
        numerator,
        denominator,
        value,
        cast(units_reported as integer) as units_reported,
        cast(units_expected as integer) as units_expected,
        cast(schools_reported as integer) as schools_reported,
        cast(schools_expected as integer) as schools_expected,
        data_status
    from {{ ref('metric_figures') }}

    union all

    select
        'plan_achievement_share' as metric_id,
        composite.collection_id,
        units.unit_code,
        composite.numerator,
        composite.denominator,
        composite.value,
        cast(null as integer) as units_reported,
        cast(null as integer) as units_expected,
        0 as schools_reported,
        0 as schools_expected,
        composite.data_status
    from {{ ref('plan_achievement') }} as composite
    inner join {{ ref('reporting_units') }} as units on units.kind = 'municipal'
)

-- A join, not `word_for`: Spark's optimiser cannot push that through the union.
select
    figures.*,
    labels.label_zh as data_status_zh,
    cast(coalesce(queries.open_queries, 0) as integer) as open_queries
from figures
left join {{ ref('metric_queries') }} as queries
    on
        figures.metric_id = queries.metric_id
        and figures.collection_id = queries.collection_id
        and figures.unit_code = queries.unit_code
left join {{ ref('labels') }} as labels on labels.vocabulary = 'data_status' and figures.data_status = labels.code
