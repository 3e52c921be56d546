-- One row a metric, collection, unit and school (where it is counted by school): 卓越教师队伍建设工程. Recognitions are counted in `recognised`.
with

-- The degrees asked for of the teaching staff of a stage.
degrees_asked as (
    {% for metric_id, stages, degrees in [
        ('kg_teacher_college', 'preschool', 'postgraduate;bachelor;college'),
        ('primary_teacher_bachelor', 'primary', 'postgraduate;bachelor'),
        ('junior_teacher_bachelor', 'junior', 'postgraduate;bachelor'),
        ('senior_teacher_bachelor', 'senior;vocational', 'postgraduate;bachelor'),
        ('junior_teacher_postgrad', 'junior', 'postgraduate'),
        ('senior_teacher_postgrad', 'senior;vocational', 'postgraduate'),
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        '{{ stages }}' as stages,
        '{{ degrees }}' as degree_groups
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    asked.metric_id,
    teachers.collection_id,
    teachers.unit_code,
    teachers.school_id,
    sum(teachers.teachers) filter (where {{ is_listed('teachers.degree_group', 'asked.degree_groups') }}) as numerator,
    sum(teachers.teachers) as denominator
from {{ ref('fct_teacher_qualification') }} as teachers
inner join degrees_asked as asked on {{ is_listed('teachers.stage_taught', 'asked.stages') }}
where teachers.post = 'teaching'
group by all

union all

select
    'voc_self_hired_share' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    sum(self_recruited) as numerator,
    sum(staff_total) as denominator
from {{ ref('fct_vocational_staffing') }}
group by all

union all

select
    'teacher_civil_servant_pay_ratio' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    teacher_pay as numerator,
    civil_servant_pay as denominator
from {{ ref('fct_pay') }}

union all

select
    'kg_contract_teacher_pay_ratio' as metric_id,
    collection_id,
    unit_code,
    cast(null as string) as school_id,
    kindergarten_contract_pay as numerator,
    social_average_pay as denominator
from {{ ref('fct_pay') }}
