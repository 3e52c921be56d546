{{ config(meta={'dagster': {'ref': {'name': 'metric_values'}}}) }}

-- Whoever is in a computed numerator is in its denominator; only what units declare may say otherwise.
select
    figures.metric_id,
    figures.collection_id,
    figures.unit_code,
    figures.numerator,
    figures.denominator
from {{ ref('metric_values') }} as figures
inner join {{ ref('dim_metric') }} as metrics on figures.metric_id = metrics.metric_id
where
    metrics.value_kind = 'share'
    and metrics.method = 'computed'
    and (figures.value < 0 or figures.value > 1 or figures.numerator > figures.denominator)
