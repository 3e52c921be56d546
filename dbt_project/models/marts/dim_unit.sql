-- One row a reporting unit; 331000 is the municipal unit itself, with its own institutions.
select
    unit_code,
    name_zh,
    name_en,
    kind,
    parent_code,
    {{ word_for('unit_kind', 'units.kind') }} as kind_zh
from {{ ref('reporting_units') }} as units
