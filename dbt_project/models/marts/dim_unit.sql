-- One row a reporting unit; 331000 is the municipal unit itself, with its own institutions.
select
    unit_code,
    name_zh,
    name_en,
    kind,
    parent_code,
    case kind when 'county' then '县（市、区）' when 'zone' then '集聚区' when 'municipal' then '市本级' end as kind_zh
from {{ ref('reporting_units') }}
