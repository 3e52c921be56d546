-- One row a school that a unit may report on in a collection: every school that a register row of the unit names,
-- set aside or replaced ones too; from the collection before where the unit's register has not arrived. With the type that the
-- latest of these rows says, and the one stage of that type where it has no other.
with

registered as (
    select
        readings.collection_id,
        readings.unit_code,
        given.school_id,
        given.school_type
    from {{ source('returns', 'school_register') }} as given
    inner join {{ source('landing', 'readings') }} as readings on given.reading_id = readings.reading_id
    where given.school_id is not null
    qualify
        row_number() over (
            partition by readings.collection_id, readings.unit_code, given.school_id
            order by readings.arrival_no desc, given.is_accepted desc, given.sheet_no asc, given.row_number asc
        ) = 1
),

calendar as (
    select
        collection_id,
        lead(collection_id) over (order by reference_date) as next_collection_id
    from {{ ref('collections') }}
),

known as (
    select
        collection_id,
        unit_code,
        school_id,
        school_type
    from registered

    union all

    select
        calendar.next_collection_id as collection_id,
        registered.unit_code,
        registered.school_id,
        registered.school_type
    from registered
    inner join calendar on registered.collection_id = calendar.collection_id and calendar.next_collection_id is not null
    left join {{ ref('register_arrivals') }} as arrivals
        on calendar.next_collection_id = arrivals.collection_id and registered.unit_code = arrivals.unit_code
    where arrivals.unit_code is null
),

stages as (
    select
        school_type,
        {{ joined_text('stage') }} as stages,
        case when count(*) = 1 then min(stage) end as only_stage
    from {{ ref('school_type_stages') }}
    group by school_type
)

select
    known.collection_id,
    known.unit_code,
    known.school_id,
    known.school_type,
    stages.stages,
    stages.only_stage
from known
left join stages on known.school_type = stages.school_type
