-- One row a school of a unit in a collection, with what the register says.
select
    register.collection_id,
    register.unit_code,
    register.school_id,
    register.school_name,
    register.township,
    register.urban_rural,
    register.school_type,
    register.ownership,
    register.inclusive,
    register.community_no,
    register.community_type,
    register.status,
    register.founded_on,
    register.document_id,
    register.township_key,
    register.status = 'open' as is_open,
    places.group as urban_rural_group,
    types.group as school_type_group,
    places.label_zh as urban_rural_zh,
    types.label_zh as school_type_zh,
    {{ label_of('ownership', 'register.ownership') }} as ownership_zh,
    {{ label_of('community_type', 'register.community_type') }} as community_type_zh,
    {{ label_of('school_status', 'register.status') }} as status_zh,
    {{ group_label_of('urban_rural', 'places.group') }} as urban_rural_group_zh,
    {{ group_label_of('school_type', 'types.group') }} as school_type_group_zh
from {{ ref('stg_school_register') }} as register
left join {{ ref('codes') }} as places on places.code_list = 'urban_rural' and register.urban_rural = places.code
left join {{ ref('codes') }} as types on types.code_list = 'school_type' and register.school_type = types.code
