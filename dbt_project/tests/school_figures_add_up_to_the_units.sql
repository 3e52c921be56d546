{{ config(meta={'dagster': {'ref': {'name': 'school_figures'}}}) }}

-- What schools put in is what the unit's row shows: both come from one source.
with

of_schools as (
    select
        metric_id,
        collection_id,
        unit_code,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('school_figures') }}
    group by all
)

select
    figures.metric_id,
    figures.collection_id,
    figures.unit_code,
    figures.numerator,
    of_schools.numerator as of_schools
from of_schools
inner join {{ ref('metric_values') }} as figures
    on
        of_schools.metric_id = figures.metric_id
        and of_schools.collection_id = figures.collection_id
        and of_schools.unit_code = figures.unit_code
inner join {{ ref('dim_area') }} as areas on figures.unit_code = areas.unit_code and areas.area_kind <> 'city'
where
    figures.value is not null
    and (abs(figures.numerator - of_schools.numerator) > 0.000001 or abs(figures.denominator - of_schools.denominator) > 0.000001)
