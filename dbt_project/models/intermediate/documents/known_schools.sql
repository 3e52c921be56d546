-- One row a school that a unit may report on in a collection: every school that a register row of the unit names,
-- set aside or replaced ones too; from the collection before where the unit's register has not arrived.
with

registered as (
    select distinct
        readings.collection_id,
        readings.unit_code,
        given.school_id
    from {{ ref('row_places') }} as given
    inner join {{ source('landing', 'readings') }} as readings on given.reading_id = readings.reading_id
    where given.form = 'school_register' and given.school_id is not null
),

calendar as (
    select
        collection_id,
        lead(collection_id) over (order by reference_date) as next_collection_id
    from {{ ref('collections') }}
)

select
    collection_id,
    unit_code,
    school_id
from registered

union all

select
    calendar.next_collection_id as collection_id,
    registered.unit_code,
    registered.school_id
from registered
inner join calendar on registered.collection_id = calendar.collection_id and calendar.next_collection_id is not null
left join {{ ref('register_arrivals') }} as arrivals
    on calendar.next_collection_id = arrivals.collection_id and registered.unit_code = arrivals.unit_code
where arrivals.unit_code is null
