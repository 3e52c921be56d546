-- One row a metric, collection and unit that delivers for it: what goes into numerator and denominator. For ratios of
-- figures per pupil both halves are sums over sums (numerator_over, denominator_over). Recognitions are in `recognised`.
{% for model in [
    'p01_moral_education',
    'p02_preschool',
    'p03_balance',
    'p03_schools',
    'p04_secondary',
    'p07_lifelong',
    'p08_special',
    'p09_teachers',
    'p10_smart_education',
    'p11_opening_up',
    'declared_inputs',
] %}
select
    metric_id,
    collection_id,
    unit_code,
    cast(numerator as {{ type_double() }}) as numerator,
    cast(denominator as {{ type_double() }}) as denominator,
    cast(null as {{ type_double() }}) as numerator_over,
    cast(null as {{ type_double() }}) as denominator_over
from {{ ref(model) }}

union all
{% endfor %}
select
    metric_id,
    collection_id,
    unit_code,
    numerator,
    denominator,
    numerator_over,
    denominator_over
from {{ ref('p03_urban_rural') }}
