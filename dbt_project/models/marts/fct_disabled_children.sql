-- One row a stage of a unit in a collection.
select
    collection_id,
    unit_code,
    stage,
    population,
    enrolled,
    document_id,
    {{ label_of('disability_stage', 'given.stage') }} as stage_zh
from {{ ref('stg_disabled_children') }} as given
