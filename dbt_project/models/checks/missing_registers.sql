-- One row a unit that has sent schools in a collection but no register, told at the latest document with schools in it,
-- whoever's they are: asked once, also where there is no register of the collection before and every row waits for one.
{{ config(materialized="view") }}

with

units_with_schools as (
    select distinct
        collection_id,
        unit_code
    from {{ ref('known_schools') }}
)

select
    parts.reading_id,
    parts.form,
    case
        when units.unit_code is null then '也没有上一学年的名录，各表的数据暂不采用，收到名录后自动采用'
        else '暂按上一学年名录判断学校'
    end as detail
from {{ ref('document_parts') }} as parts
left join {{ ref('register_arrivals') }} as arrivals
    on parts.collection_id = arrivals.collection_id and parts.unit_code = arrivals.unit_code
left join units_with_schools as units on parts.collection_id = units.collection_id and parts.unit_code = units.unit_code
where arrivals.unit_code is null and parts.school_id is not null and not parts.is_replaced
qualify
    row_number() over (
        partition by parts.collection_id, parts.unit_code order by parts.arrival_no desc, parts.form asc, parts.school_id asc
    ) = 1
