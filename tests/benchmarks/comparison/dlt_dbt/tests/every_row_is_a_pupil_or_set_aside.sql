with

counts as (
    select
        (select count(*) from {{ ref('stg_roster') }}) as rows_read,
        (select count(*) from {{ ref('pupils') }}) as pupils,
        (select count(*) from {{ ref('rows_set_aside') }}) as rows_set_aside
)

select * from counts
where rows_read <> pupils + rows_set_aside
