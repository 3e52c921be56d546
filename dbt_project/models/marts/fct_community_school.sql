-- One row an adult school or university for older people of a unit in a collection.
select
    collection_id,
    unit_code,
    institution_no,
    institution_name,
    kind,
    township,
    province_modernised,
    document_id,
    {{ label_of('community_kind', 'given.kind') }} as kind_zh
from {{ ref('stg_community_schools') }} as given
