-- One row a school of a unit in a collection.
select
    collection_id,
    unit_code,
    school_id,
    daily_exercise,
    after_school_care,
    late_start,
    inspected,
    overseas_partner,
    document_id
from {{ ref('stg_school_practice') }}
