-- One row a metric, collection, unit and school (where it is counted by school): 特殊教育能力提升工程.
with

schools as (
    {{ open_schools({'fct_school_conditions': ['building_standard', 'equipment_standard', 'standardised']}) }}
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

{{ share_of_schools('sen_school_building_std', 'special', 'building_standard') }}

union all

{{ share_of_schools('sen_equipment_std', 'special', 'equipment_standard') }}

union all

{{ share_of_schools('sen_standardised_share', 'special', 'standardised') }}
