-- One row a school section in a collection: does it pass, with enough indicators on the line and the rest near it.
select
    collection_id,
    unit_code,
    school_id,
    stage,
    count(*) filter (where is_on_line) >= {{ var('balance_indicators_on_line') }}
    and count(*) filter (where not is_near_line) = 0 as passes
from {{ ref('balance_section_values') }}
group by all
