-- One row a school and stage that it has pupils or teaching staff in, in a collection. What a school has is shared by
-- weighted pupils between its stages; pupils and teachers are counted by stage, never divided.
with

pupils as (
    select
        collection_id,
        unit_code,
        school_id,
        stage,
        sum(pupils) as pupils
    from {{ ref('fct_enrollment') }}
    group by all
),

teachers as (
    select
        collection_id,
        unit_code,
        school_id,
        stage_taught as stage,
        sum(teachers) as teachers,
        sum(
            case
                when stage_taught = 'primary' and degree_group in ('postgraduate', 'bachelor', 'college') then teachers
                when stage_taught = 'junior' and degree_group in ('postgraduate', 'bachelor') then teachers
                else 0
            end
        ) as teachers_above_degree,
        sum(backbone) as backbone_teachers,
        sum(arts_sports) as arts_sports_teachers
    from {{ ref('fct_teacher_qualification') }}
    where post = 'teaching' and stage_taught is not null
    group by all
),

counted as (
    select
        coalesce(pupils.collection_id, teachers.collection_id) as collection_id,
        coalesce(pupils.unit_code, teachers.unit_code) as unit_code,
        coalesce(pupils.school_id, teachers.school_id) as school_id,
        coalesce(pupils.stage, teachers.stage) as stage,
        coalesce(pupils.pupils, 0) as pupils,
        coalesce(teachers.teachers, 0) as teachers,
        coalesce(teachers.teachers_above_degree, 0) as teachers_above_degree,
        coalesce(teachers.backbone_teachers, 0) as backbone_teachers,
        coalesce(teachers.arts_sports_teachers, 0) as arts_sports_teachers
    from pupils
    full outer join teachers
        on
            pupils.collection_id = teachers.collection_id
            and pupils.unit_code = teachers.unit_code
            and pupils.school_id = teachers.school_id
            and pupils.stage = teachers.stage
),

weighed as (
    select
        counted.*,
        counted.pupils * weights.weight / nullif(
            sum(counted.pupils * weights.weight) over (
                partition by counted.collection_id, counted.unit_code, counted.school_id
                order by counted.stage
                rows between unbounded preceding and unbounded following
            ), 0
        ) as share_of_school
    from counted
    inner join {{ ref('stage_weights') }} as weights on counted.stage = weights.stage
)

select
    weighed.collection_id,
    weighed.unit_code,
    weighed.school_id,
    weighed.stage,
    schools.school_type,
    schools.school_type_group,
    schools.urban_rural_group,
    coalesce(schools.is_open, false) as is_open,
    cast(weighed.pupils as bigint) as pupils,
    cast(weighed.teachers as bigint) as teachers,
    cast(weighed.teachers_above_degree as bigint) as teachers_above_degree,
    cast(weighed.backbone_teachers as bigint) as backbone_teachers,
    cast(weighed.arts_sports_teachers as bigint) as arts_sports_teachers,
    conditions.teaching_area * weighed.share_of_school as teaching_area,
    conditions.sports_area * weighed.share_of_school as sports_area,
    conditions.equipment_value * weighed.share_of_school as equipment_value,
    conditions.multimedia_rooms * weighed.share_of_school as multimedia_rooms,
    conditions.expenditure * weighed.share_of_school as expenditure
from weighed
left join {{ ref('dim_school') }} as schools
    on
        weighed.collection_id = schools.collection_id
        and weighed.unit_code = schools.unit_code
        and weighed.school_id = schools.school_id
left join {{ ref('fct_school_conditions') }} as conditions
    on
        weighed.collection_id = conditions.collection_id
        and weighed.unit_code = conditions.unit_code
        and weighed.school_id = conditions.school_id
