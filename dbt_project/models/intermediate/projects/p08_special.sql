-- One row a metric, collection and unit: 特殊教育能力提升工程.
with

special_schools as (
    select
        schools.collection_id,
        schools.unit_code,
        count(*) as schools,
        count(*) filter (where conditions.building_standard) as with_building_standard,
        count(*) filter (where conditions.equipment_standard) as with_equipment_standard,
        count(*) filter (where conditions.standardised) as standardised
    from {{ ref('dim_school') }} as schools
    left join {{ ref('fct_school_conditions') }} as conditions
        on
            schools.collection_id = conditions.collection_id
            and schools.unit_code = conditions.unit_code
            and schools.school_id = conditions.school_id
    where schools.is_open and schools.school_type = '511'
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
