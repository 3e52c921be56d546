-- One row a unit that has sent schools in a collection but no register, told at the latest document with schools in it,
-- whoever's they are: asked once.
{{ config(materialized="view") }}

select
    parts.reading_id,
    parts.form
from {{ ref('document_parts') }} as parts
left join {{ ref('register_arrivals') }} as arrivals
    on parts.collection_id = arrivals.collection_id and parts.unit_code = arrivals.unit_code
where arrivals.unit_code is null and parts.school_id is not null and not parts.is_replaced
qualify
    row_number() over (
        partition by parts.collection_id, parts.unit_code order by parts.arrival_no desc, parts.form asc, parts.school_id asc
    ) = 1
