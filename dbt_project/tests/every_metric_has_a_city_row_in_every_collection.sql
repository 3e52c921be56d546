{{ config(meta={'dagster': {'ref': {'name': 'metric_values'}}}) }}

-- Also where there is no data: a metric that is missing from the scoreboard would look as if nobody had asked.
select
    metrics.metric_id,
    collections.collection_id
from {{ ref('dim_metric') }} as metrics
cross join {{ ref('dim_collection') }} as collections
inner join {{ ref('dim_unit') }} as units on units.kind = 'municipal'
left join {{ ref('metric_values') }} as figures
    on
        metrics.metric_id = figures.metric_id
        and collections.collection_id = figures.collection_id
        and units.unit_code = figures.unit_code
where figures.metric_id is null
