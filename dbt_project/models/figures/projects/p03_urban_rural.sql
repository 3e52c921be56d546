-- One row a metric, collection and unit: what schools of compulsory education have in the country (numerator) and in
-- town (denominator), each over the pupils there (numerator_over, denominator_over).
with

-- A school with pupils of other stages counts with its share for compulsory pupils.
schools as (
    select
        collection_id,
        unit_code,
        school_id,
        urban_rural_group,
        sum(pupils) as pupils,
        sum(teaching_area) as teaching_area,
        sum(equipment_value) as equipment_value,
        sum(multimedia_rooms) as multimedia_rooms,
        sum(teachers) as teachers,
        sum(expenditure) as expenditure
    from {{ ref('school_stages') }}
    where is_open and {{ in_school_set('compulsory_with_teaching_points') }} and stage in ('primary', 'junior')
    group by all
),

amounts as (
    {% for metric_id, amount in {
        'ur_building': 'teaching_area',
        'ur_equipment': 'equipment_value',
        'ur_ict': 'multimedia_rooms',
        'ur_teachers': 'teachers',
        'ur_funding': 'expenditure',
    }.items() %}
    select
        '{{ metric_id }}' as metric_id,
        collection_id,
        unit_code,
        school_id,
        urban_rural_group,
        cast(pupils as {{ type_double() }}) as pupils,
        cast({{ amount }} as {{ type_double() }}) as amount
    from schools
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    metric_id,
    collection_id,
    unit_code,
    {{ in_order('sum', 'amount', 'school_id') }} filter (where urban_rural_group = 'rural') as numerator,
    {{ in_order('sum', 'amount', 'school_id') }} filter (where urban_rural_group = 'urban') as denominator,
    sum(pupils) filter (where urban_rural_group = 'rural') as numerator_over,
    sum(pupils) filter (where urban_rural_group = 'urban') as denominator_over
from amounts
where pupils > 0 and amount is not null
group by all
