-- One row a metric, collection and unit that delivers for it: what goes into numerator and denominator. For ratios of
-- figures per pupil both halves are sums over sums (numerator_over, denominator_over). Recognitions are in `recognised`.
select
    metric_id,
    collection_id,
    unit_code,
    {{ in_order('sum', 'numerator', 'school_id') }} as numerator,
    {{ in_order('sum', 'denominator', 'school_id') }} as denominator,
    cast(null as {{ type_double() }}) as numerator_over,
    cast(null as {{ type_double() }}) as denominator_over
from {{ ref('metric_parts') }}
group by metric_id, collection_id, unit_code

union all

select
    metric_id,
    collection_id,
    unit_code,
    numerator,
    denominator,
    numerator_over,
    denominator_over
from {{ ref('p03_urban_rural') }}
