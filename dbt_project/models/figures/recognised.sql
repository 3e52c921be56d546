-- One row a metric, area and thing recognised there (a name, a school, a county), active at the end of the collection's year.
with

active as (
    select
        recognitions.*,
        areas.kind as area_kind
    from {{ ref('stg_recognitions') }} as recognitions
    inner join {{ ref('collections') }} as collections on recognitions.collection_id = collections.collection_id
    inner join {{ ref('reporting_units') }} as areas on recognitions.area_unit_code = areas.unit_code
    where
        recognitions.recognised_on <= collections.as_of_date
        and (recognitions.revoked_on is null or recognitions.revoked_on > collections.as_of_date)
)

select distinct
    metrics.metric_id,
    active.collection_id,
    active.area_unit_code,
    case metrics.counted
        when 'name' then active.name_key
        when 'school' then active.school_id
        when 'county' then active.area_unit_code
    end as counted
from active
inner join {{ ref('recognition_metrics') }} as metrics
    on
        active.category = metrics.category
        and (coalesce(metrics.levels, '') = '' or {{ is_listed('active.level', 'metrics.levels') }})
        and (metrics.counted <> 'county' or active.area_kind = 'county')
