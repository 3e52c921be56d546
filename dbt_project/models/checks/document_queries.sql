-- One row a document, check and (for shrinks) form that the unit is asked about: late, from a time to come, sent again, much
-- smaller than what it replaced, set aside by hand, or without columns that earlier ones had.
with

late as (
    select
        readings.reading_id,
        cast(null as string) as form,
        'document.after_close' as check_id,
        cast(collections.closes_on as string) as detail
    from {{ source('landing', 'readings') }} as readings
    inner join {{ ref('collections') }} as collections on readings.collection_id = collections.collection_id
    where
        readings.is_readable
        and {{ china_date('readings.received_at') }} > collections.closes_on
        and readings.reading_id in (select sheets.reading_id from {{ source('landing', 'sheets') }} as sheets)
),

-- Its time lay ahead of the moment in which it was first seen.
ahead as (
    select
        readings.reading_id,
        cast(null as string) as form,
        'document.future' as check_id,
        cast({{ china_date('readings.stated_at') }} as string) as detail
    from {{ source('landing', 'readings') }} as readings
    where readings.is_readable and readings.stated_at is not null
),

aside as (
    select
        readings.reading_id,
        cast(null as string) as form,
        'document.set_aside' as check_id,
        readings.reason as detail
    from {{ source('landing', 'readings') }} as readings
    where readings.is_set_aside
),

first_arrivals as (
    select
        document_id,
        collection_id,
        unit_code,
        min(received_at) as received_at
    from {{ source('landing', 'arrivals') }}
    group by all
    having count(*) > 1
),

-- The same bytes came before another document about the same, and came again after it.
resent as (
    select distinct
        again.reading_id,
        cast(null as string) as form,
        'document.resent' as check_id,
        cast(null as string) as detail
    from {{ ref('part_versions') }} as again
    inner join first_arrivals
        on
            again.document_id = first_arrivals.document_id
            and again.collection_id = first_arrivals.collection_id
            and again.unit_code = first_arrivals.unit_code
    inner join {{ ref('part_versions') }} as between_them
        on
            again.collection_id = between_them.collection_id
            and again.unit_code = between_them.unit_code
            and again.form = between_them.form
            and again.school_id is not distinct from between_them.school_id
            and again.arrival_no > between_them.arrival_no
    inner join {{ source('landing', 'readings') }} as other
        on between_them.reading_id = other.reading_id and first_arrivals.received_at < other.received_at
),

-- The parts that are asked about school by school: much smaller than before, or without columns that were there before.
parts as (
    select
        reading_id,
        form,
        school_id,
        'document.shrinks' as check_id,
        coalesce('学校 ' || school_id || ' ', '') || '由 ' || cast(previous_rows_read as string) || ' 行减为 '
        || cast(rows_read as string) || ' 行' as label
    from {{ ref('part_versions') }}
    where not is_replaced and rows_read < {{ threshold('document.shrinks', 'share_kept') }} * previous_rows_read

    union all

    select
        parts.reading_id,
        parts.form,
        parts.school_id,
        'document.empties' as check_id,
        emptying.lacking_zh || coalesce('（学校 ' || parts.school_id || '）', '') as label
    from {{ ref('document_parts') }} as parts
    inner join {{ ref('emptying_parts') }} as emptying
        on
            parts.reading_id = emptying.reading_id
            and parts.form = emptying.form
            and parts.school_id is not distinct from emptying.school_id
    where parts.is_emptying and not parts.is_replaced
),

numbered as (
    select
        *,
        row_number() over (partition by reading_id, form, check_id order by school_id) as place
    from parts
),

by_school as (
    select
        reading_id,
        form,
        check_id,
        {{ first_ten('label', 'place', '所学校') }} as detail
    from numbered
    group by reading_id, form, check_id
)

select * from late
union all
select * from ahead
union all
select * from aside
union all
select * from resent
union all
select * from by_school
