-- One row a metric, collection, unit and school (where it is counted by school): 立德铸魂工程. Recognitions are counted in `recognised`.
with

schools as (
    {{ open_schools({'fct_school_practice': ['daily_exercise']}) }}
)

select
    'fitness_pass_rate' as metric_id,
    fitness.collection_id,
    fitness.unit_code,
    fitness.school_id,
    sum(fitness.pupils) filter (where grades.group = 'passed') as numerator,
    sum(fitness.pupils) filter (where grades.group in ('passed', 'failed')) as denominator
from {{ ref('fct_fitness') }} as fitness
inner join {{ ref('codes') }} as grades on grades.code_list = 'fitness_grade' and fitness.fitness_grade = grades.code
where fitness.stage in ('primary', 'junior', 'senior', 'vocational')
group by all

union all

{{ share_of_schools('pe_one_hour_schools', 'compulsory_and_senior', 'daily_exercise') }}
