-- One row a kindergarten building project of a unit in a collection.
select
    collection_id,
    unit_code,
    project_no,
    kindergarten_name,
    kind,
    places_added,
    commissioned_on,
    document_id,
    {{ label_of('build_kind', 'given.kind') }} as kind_zh
from {{ ref('stg_kindergarten_projects') }} as given
