model (
    name warehouse.metrics,
    kind full,
    description 'One row a metric, collection and unit, and one for the city over all units and its own schools.',
    grain (metric_id, collection_id, unit_code),
    audits (
        not_null(columns := (numerator))
    )
);

with

compulsory_classes as (
    select
        classes.*,
        limits.pupils_at_most
    from warehouse.fct_class as classes
    inner join raw.class_size_limits as limits on classes.stage = limits.stage
),

fitness_codes as (
    select distinct
        code,
        code_group
    from raw.code_spellings
    where code_list = 'fitness_grade' and code_group in ('passed', 'failed')
),

amounts as (
    select
        unnest(['pupils', 'girls_share']) as metric_id,
        collection_id,
        unit_code,
        unnest([pupils, case when sex = 'F' then pupils else 0 end]) as numerator,
        unnest([null, pupils]) as denominator
    from warehouse.fct_enrollment

    union all

    select
        unnest(['average_class_size', 'large_class_share']) as metric_id,
        collection_id,
        unit_code,
        unnest([pupils, cast(pupils >= 56 as integer)]) as numerator,
        1 as denominator
    from compulsory_classes

    union all

    select
        'small_class_share_' || stage as metric_id,
        collection_id,
        unit_code,
        cast(pupils <= pupils_at_most as integer) as numerator,
        1 as denominator
    from compulsory_classes
    where school_id not like '51%'

    union all

    select
        unnest(['fitness_pass_rate', 'fitness_excellent_share']) as metric_id,
        fitness.collection_id,
        fitness.unit_code,
        unnest([
            case when fitness_codes.code_group = 'passed' then fitness.pupils else 0 end,
            case when fitness.fitness_grade = 'excellent' then fitness.pupils else 0 end
        ]) as numerator,
        fitness.pupils as denominator
    from warehouse.fct_fitness as fitness
    inner join fitness_codes on fitness.fitness_grade = fitness_codes.code
    where fitness.stage in ('primary', 'junior', 'senior', 'vocational')
),

places as (
    select * from amounts
    where unit_code <> '331000'

    union all

    select * replace ('331000' as unit_code) from amounts
)

select
    metric_id,
    collection_id,
    unit_code,
    sum(numerator) as numerator,
    sum(denominator) as denominator
from places
group by all
