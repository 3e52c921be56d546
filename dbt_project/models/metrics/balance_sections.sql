-- One row a school section (open school of compulsory stages x primary or junior, with pupils) and indicator of
-- balanced compulsory education, in a collection.
select
    collection_id,
    unit_code,
    school_id,
    stage,
    indicator,
    pupils,
    amount,
    value,
    line,
    is_on_line,
    is_near_line,
    name_zh as indicator_zh,
    unit_zh,
    {{ word_for('stage', 'sections.stage') }} as stage_zh
from {{ ref('balance_section_values') }} as sections
