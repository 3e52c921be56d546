-- One row a metric, collection, row of the scoreboard (unit_code: a unit, or the city) and unit that delivers for it:
-- which units' figures go into which row, and whether they have reported.
with

expected as (
    select
        metrics.metric_id,
        metrics.method,
        metrics.target_id,
        metrics.source_forms,
        metrics.value_kind,
        collections.collection_id,
        units.unit_code as delivering_unit_code,
        units.kind
    from {{ ref('metrics') }} as metrics
    inner join {{ ref('reporting_units') }} as units on {{ is_listed('units.kind', 'metrics.reported_by') }}
    cross join {{ ref('collections') }} as collections
),

-- A declared metric is reported by the unit whose progress items list it.
reported as (
    select
        expected.*,
        case expected.method when 'declared' then items.item is not null else coalesce(coverage.is_reported, false) end as is_reported,
        coalesce(coverage.schools_expected, 0) as schools_expected,
        coalesce(coverage.schools_reported, 0) as schools_reported
    from expected
    left join {{ ref('source_coverage') }} as coverage
        on
            expected.source_forms = coverage.source_forms
            and expected.collection_id = coverage.collection_id
            and expected.delivering_unit_code = coverage.unit_code
    left join {{ ref('fct_progress_item') }} as items
        on
            expected.target_id = items.item
            and expected.collection_id = items.collection_id
            and expected.delivering_unit_code = items.unit_code
),

-- Every unit delivers for the city's row. Below it each delivers for its own, and the municipal list of recognitions for all.
served as (
    select
        reported.*,
        units.unit_code
    from reported
    inner join {{ ref('reporting_units') }} as units
        on
            units.kind = 'municipal'
            or (
                reported.value_kind <> 'milestone'
                and (reported.delivering_unit_code = units.unit_code or reported.source_forms = 'recognitions')
            )
)

select
    metric_id,
    collection_id,
    unit_code,
    delivering_unit_code,
    is_reported,
    schools_expected,
    schools_reported
from served
