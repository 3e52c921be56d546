-- One row a vocational school and destination of its graduates in a collection.
with

graduates as (
    select
        collection_id,
        unit_code,
        school_id,
        destination,
        count(*) as graduates
    from {{ ref('stg_vocational_graduates') }}
    group by all
)

select
    collection_id,
    unit_code,
    school_id,
    destination,
    graduates,
    {{ label_of('destination', 'graduates.destination') }} as destination_zh
from graduates
