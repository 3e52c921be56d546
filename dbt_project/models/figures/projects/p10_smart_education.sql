-- One row a metric, collection, unit and school (where it is counted by school): 智慧教育引领工程.
with

schools as (
    {{ open_schools({'fct_broadband_connectivity': ['smart_campus', 'is_gigabit', 'is_wifi_covered']}) }}
)

select
    'smart_campus_share' as metric_id,
    collection_id,
    unit_code,
    school_id,
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
    school_id,
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
    school_id,
    count(*) filter (where is_wifi_covered) as numerator,
    count(*) as denominator
from schools
where school_type_group in ('compulsory', 'senior', 'vocational', 'special')
group by all
