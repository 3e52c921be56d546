-- One row a recognition (category, name, level, area) in a collection.
select
    collection_id,
    unit_code,
    category,
    name,
    level,
    area_unit_code,
    recognition_no,
    school_id,
    document_no,
    recognised_on,
    revoked_on,
    document_id,
    {{ label_of('recognition', 'given.category') }} as category_zh,
    {{ label_of('level', 'given.level') }} as level_zh
from {{ ref('stg_recognitions') }} as given
