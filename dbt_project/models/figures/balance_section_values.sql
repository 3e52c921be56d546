-- One row a school section (open school of compulsory stages x primary or junior, with pupils) and indicator of
-- balanced compulsory education, in a collection.
with

amounts as (
    select
        stages.collection_id,
        stages.unit_code,
        stages.school_id,
        stages.stage,
        stages.pupils,
        lines.indicator,
        lines.per_pupils,
        lines.line,
        lines.name_zh,
        lines.unit_zh,
        case lines.indicator
            when 'teachers_above_degree' then stages.teachers_above_degree
            when 'backbone_teachers' then stages.backbone_teachers
            when 'arts_sports_teachers' then stages.arts_sports_teachers
            when 'teaching_area' then stages.teaching_area
            when 'sports_area' then stages.sports_area
            when 'equipment_value' then stages.equipment_value
            when 'multimedia_rooms' then stages.multimedia_rooms
        end as amount
    from {{ ref('school_stages') }} as stages
    inner join {{ ref('balance_lines') }} as lines on stages.stage = lines.stage
    where
        stages.is_open
        and {{ in_school_set('with_balanced_sections', 'stages') }}
        and stages.pupils > 0
),

measured as (
    select
        *,
        amount * per_pupils / pupils as value
    from amounts
)

select
    *,
    coalesce(value >= line, false) as is_on_line,
    coalesce(value >= {{ var('balance_leeway') }} * line, false) as is_near_line
from measured
