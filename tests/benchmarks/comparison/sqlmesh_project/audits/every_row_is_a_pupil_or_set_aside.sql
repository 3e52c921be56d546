audit (
    name every_row_is_a_pupil_or_set_aside
);

with

counts as (
    select
        (select count(*) from warehouse.stg_roster) as rows_read,
        (select count(*) from @this_model) as pupils,
        (select count(*) from warehouse.rows_set_aside) as rows_set_aside
)

select * from counts
where rows_read <> pupils + rows_set_aside
