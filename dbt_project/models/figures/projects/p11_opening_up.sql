-- One row a metric, collection, unit and school (where it is counted by school): 教育开放合作工程. Recognitions are counted in `recognised`.
with

schools as (
    {{ open_schools({'fct_school_practice': ['overseas_partner']}) }}
)

select
    'international_students' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    sum(long_term + short_term) as numerator,
    cast(null as bigint) as denominator
from {{ ref('fct_overseas_students') }}
group by all

union all

{{
    share_of(
        'teacher_overseas_share',
        ref('fct_teacher_qualification'),
        'sum(overseas_study)',
        'sum(teachers)',
        "post = 'teaching' and stage_taught in ('primary', 'junior', 'senior')",
    )
}}

union all

{{ share_of_schools('sister_school_share', 'compulsory_and_senior', 'overseas_partner') }}
