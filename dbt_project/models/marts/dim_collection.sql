-- One row a collection: a school year's round of reporting.
select
    collection_id,
    name_zh,
    school_year,
    reference_date,
    as_of_date,
    opens_on,
    due_on,
    year_end_due_on,
    closes_on,
    is_baseline
from {{ ref('collections') }}
