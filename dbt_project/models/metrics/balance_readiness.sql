-- One row a unit (county or zone) that has reported, in a collection: is it ready for certification of balanced compulsory education.
with

coefficients as (
    select
        collection_id,
        unit_code,
        count(*) as coefficients,
        count(*) filter (where cv <= cv_limit) as coefficients_within
    from {{ ref('balance_indicators') }}
    group by all
),

sections as (
    select
        collection_id,
        unit_code,
        count(*) as sections,
        count(*) filter (where passes) as sections_passing
    from {{ ref('balance_section_results') }}
    group by all
)

select
    coefficients.collection_id,
    coefficients.unit_code,
    cast(coalesce(sections.sections, 0) as integer) as sections,
    cast(coalesce(sections.sections_passing, 0) as integer) as sections_passing,
    cast(coefficients.coefficients_within as integer) as coefficients_within,
    coalesce(sections.sections = sections.sections_passing, false)
    and coefficients.coefficients = coefficients.coefficients_within as ready
from coefficients
left join sections on coefficients.collection_id = sections.collection_id and coefficients.unit_code = sections.unit_code
