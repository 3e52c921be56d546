-- One row a metric, collection and unit: 特殊教育能力提升工程.
with

schools as (
    {{ open_schools({'fct_school_conditions': ['building_standard', 'equipment_standard', 'standardised']}) }}
),

special_schools as (
    select
        collection_id,
        unit_code,
        count(*) as schools,
        count(*) filter (where building_standard) as with_building_standard,
        count(*) filter (where equipment_standard) as with_equipment_standard,
        count(*) filter (where standardised) as standardised
    from schools
    where school_type_group = 'special'
    group by all
)

select
    'sen_' || stage || '_rate' as metric_id,
    collection_id,
    unit_code,
    enrolled as numerator,
    population as denominator
from {{ ref('fct_disabled_children') }}

union all

select
    'sen_school_building_std' as metric_id,
    collection_id,
    unit_code,
    with_building_standard as numerator,
    schools as denominator
from special_schools

union all

select
    'sen_equipment_std' as metric_id,
    collection_id,
    unit_code,
    with_equipment_standard as numerator,
    schools as denominator
from special_schools

union all

select
    'sen_standardised_share' as metric_id,
    collection_id,
    unit_code,
    standardised as numerator,
    schools as denominator
from special_schools
