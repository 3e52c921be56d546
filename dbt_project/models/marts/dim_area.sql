-- One row an area that metrics are told of: the whole city, and each county and the zone. The city's code is the municipal
-- unit's, which `dim_unit` has with its own institutions.
select
    unit_code,
    case when kind = 'municipal' then {{ word_for('area_kind', "'city'") }} else name_zh end as area_zh,
    case when kind = 'municipal' then {{ word_for('area_kind', "'city'", 'en') }} else name_en end as area_en,
    case when kind = 'municipal' then 'city' else kind end as area_kind,
    cast(
        row_number() over (
            order by
                case kind when 'municipal' then 0 when 'county' then 1 else 2 end,
                unit_code
        ) - 1 as integer
    ) as sort_order,
    {{ word_for('area_kind', "case when units.kind = 'municipal' then 'city' else units.kind end") }} as area_kind_zh
from {{ ref('reporting_units') }} as units
