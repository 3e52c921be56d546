-- One row a school of a unit in a collection.
select
    collection_id,
    unit_code,
    school_id,
    teaching_area,
    sports_area,
    equipment_value,
    multimedia_rooms,
    expenditure,
    building_standard,
    equipment_standard,
    standardised,
    document_id
from {{ ref('stg_school_conditions') }}
