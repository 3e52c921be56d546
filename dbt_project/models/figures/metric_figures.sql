-- One row a metric, collection and row of the scoreboard (a unit, or the city): all metrics but the plan's own composite.
with

counties as (
    select count(*) as counties
    from {{ ref('reporting_units') }}
    where kind = 'county'
),

halves as (
    select
        sums.metric_id,
        sums.collection_id,
        sums.unit_code,
        sums.units_reported,
        sums.units_expected,
        sums.schools_reported,
        sums.schools_expected,
        sums.least_of_units,
        metrics.value_kind,
        units.kind = 'municipal' and metrics.city_rule = 'min_over_counties' as shows_weakest,
        case
            when coalesce(sums.numerator_over, sums.denominator_over) is null then sums.numerator
            else sums.numerator / nullif(sums.numerator_over, 0)
        end as numerator,
        case
            when metrics.city_rule = 'share_of_counties' and units.kind = 'municipal' then counties.counties
            when metrics.city_rule = 'share_of_counties' then 1
            when metrics.value_kind not in ('share', 'ratio') then null
            when coalesce(sums.numerator_over, sums.denominator_over) is null then sums.denominator
            else sums.denominator / nullif(sums.denominator_over, 0)
        end as denominator
    from {{ ref('metric_sums') }} as sums
    inner join {{ ref('metrics') }} as metrics on sums.metric_id = metrics.metric_id
    inner join {{ ref('reporting_units') }} as units on sums.unit_code = units.unit_code
    cross join counties
),

own_values as (
    select
        *,
        case
            when shows_weakest then least_of_units
            when value_kind in ('share', 'ratio') then numerator / nullif(denominator, 0)
            when value_kind in ('count', 'sum', 'milestone') then numerator
        end as own_value
    from halves
),

-- The gap between town and country: the mean of its five ratios, of this very row.
index_values as (
    select
        'urban_rural_gap_index' as metric_id,
        collection_id,
        unit_code,
        {{ in_order('avg', 'own_value', 'metric_id') }} as index_value
    from own_values
    where metric_id in ('ur_building', 'ur_equipment', 'ur_ict', 'ur_teachers', 'ur_funding')
    group by all
    having count(own_value) = 5
),

judged as (
    select
        own_values.*,
        coalesce(own_values.own_value, index_values.index_value) as value,
        case
            when own_values.units_reported = 0 then 'no_data'
            when coalesce(own_values.own_value, index_values.index_value) is null then 'not_applicable'
            when
                own_values.units_reported = own_values.units_expected
                and (own_values.schools_reported = own_values.schools_expected or {{ today() }} > collections.closes_on)
                then 'final'
            else 'provisional'
        end as data_status
    from own_values
    inner join {{ ref('collections') }} as collections on own_values.collection_id = collections.collection_id
    left join index_values
        on
            own_values.metric_id = index_values.metric_id
            and own_values.collection_id = index_values.collection_id
            and own_values.unit_code = index_values.unit_code
)

select
    metric_id,
    collection_id,
    unit_code,
    case
        when data_status in ('final', 'provisional') and not shows_weakest and value_kind <> 'index' then numerator
    end as numerator,
    case when data_status in ('final', 'provisional') and not shows_weakest then denominator end as denominator,
    case when data_status in ('final', 'provisional') then value end as value,
    units_reported,
    units_expected,
    schools_reported,
    schools_expected,
    data_status
from judged
