-- One row a metric, collection and unit: 智慧教育引领工程.
with

schools as (
    select
        schools.collection_id,
        schools.unit_code,
        schools.school_type_group,
        connectivity.smart_campus,
        connectivity.is_gigabit,
        connectivity.is_wifi_covered
    from {{ ref('dim_school') }} as schools
    left join {{ ref('fct_broadband_connectivity') }} as connectivity
        on
            schools.collection_id = connectivity.collection_id
            and schools.unit_code = connectivity.unit_code
            and schools.school_id = connectivity.school_id
    where schools.is_open
)

select
    'smart_campus_share' as metric_id,
    collection_id,
    unit_code,
    count(*) filter (where smart_campus) as numerator,
    count(*) as denominator
from schools
where school_type_group in ('compulsory', 'senior', 'vocational')
group by all

union all

select
    'gigabit_schools' as metric_id,
    collection_id,
    unit_code,
    count(*) filter (where is_gigabit) as numerator,
    count(*) as denominator
from schools
where school_type_group in ('compulsory', 'senior', 'vocational', 'special')
group by all

union all

select
    'wifi_schools' as metric_id,
    collection_id,
    unit_code,
    count(*) filter (where is_wifi_covered) as numerator,
    count(*) as denominator
from schools
where school_type_group in ('compulsory', 'senior', 'vocational', 'special')
group by all
