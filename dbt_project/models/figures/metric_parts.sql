-- One row a metric, collection, unit that delivers for it and school (null where a metric is not counted school by school): what goes
-- into numerator and denominator. The unit's figures are the sums of these, and so is what `school_figures` shows.
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
    school_id,
    cast(numerator as {{ type_double() }}) as numerator,
    cast(denominator as {{ type_double() }}) as denominator
from {{ ref(model) }}
{{ 'union all' if not loop.last }}
{% endfor %}
