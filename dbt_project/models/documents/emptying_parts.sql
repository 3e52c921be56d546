-- One row a part of a document that lacks columns in which an earlier document of the unit had values: about one school in a form,
-- or the form as a whole. It replaces nothing. Every earlier sheet counts, whatever became of it since, so that the order of
-- arrivals alone decides.
with

filled as (
    select
        readings.collection_id,
        readings.unit_code,
        readings.arrival_no,
        filled.*
    from {{ source('landing', 'filled') }} as filled
    inner join {{ source('landing', 'readings') }} as readings on filled.reading_id = readings.reading_id
),

first_filled as (
    select
        collection_id,
        unit_code,
        form,
        school_id,
        column_name,
        min(heading_zh) as heading_zh,
        min(arrival_no) as arrival_no
    from filled
    group by collection_id, unit_code, form, school_id, column_name
),

mentions as (
    select distinct
        collection_id,
        unit_code,
        arrival_no,
        reading_id,
        form,
        school_id,
        sheet_no
    from filled
),

present as (
    select distinct
        mentions.reading_id,
        mentions.form,
        mentions.school_id,
        columns.column_name
    from mentions
    inner join {{ source('landing', 'columns') }} as columns
        on mentions.reading_id = columns.reading_id and mentions.form = columns.form and mentions.sheet_no = columns.sheet_no
),

parts as (
    select distinct
        collection_id,
        unit_code,
        arrival_no,
        reading_id,
        form,
        school_id
    from mentions
)

select
    parts.reading_id,
    parts.form,
    parts.school_id,
    {{ joined_text('first_filled.heading_zh', '、') }} as lacking_zh
from parts
inner join first_filled
    on
        parts.collection_id = first_filled.collection_id
        and parts.unit_code = first_filled.unit_code
        and parts.form = first_filled.form
        and parts.school_id is not distinct from first_filled.school_id
        and parts.arrival_no > first_filled.arrival_no
left join present
    on
        parts.reading_id = present.reading_id
        and parts.form = present.form
        and parts.school_id is not distinct from present.school_id
        and first_filled.column_name = present.column_name
where present.reading_id is null
group by parts.reading_id, parts.form, parts.school_id
