-- One row a metric, collection, unit and school (where it is counted by school): 特殊教育能力提升工程.
with

schools as (
    {{ open_schools({'fct_school_conditions': ['building_standard', 'equipment_standard', 'standardised']}) }}
),

special_schools as (
    select
        collection_id,
        unit_code,
        school_id,
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
    cast(null as string) as school_id,
    enrolled as numerator,
    population as denominator
from {{ ref('fct_disabled_children') }}

union all

select
    'sen_school_building_std' as metric_id,
    collection_id,
    unit_code,
    school_id,
    with_building_standard as numerator,
    schools as denominator
from special_schools

union all

select
    'sen_equipment_std' as metric_id,
    collection_id,
    unit_code,
    school_id,
    with_equipment_standard as numerator,
    schools as denominator
from special_schools

union all

select
    'sen_standardised_share' as metric_id,
    collection_id,
    unit_code,
    school_id,
    standardised as numerator,
    schools as denominator
from special_schools
