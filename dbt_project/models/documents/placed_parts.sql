-- One row a part of a document: a reading, form and school that its rows name, or the form as a whole where a document replaces
-- as a whole; sheets rejected as a whole are parts of their own. With whether the part speaks for its unit.
with

scopes as (
    {% for form, about in forms().items() %}
    select
        '{{ form }}' as form,
        '{{ about.scope }}' as replacement_scope,
        {{ 'true' if about.checks_school else 'false' }} as checks_school
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

given as (
    select
        reading_id,
        form,
        school_id,
        false as is_rejected,
        count(*) as rows_read,
        count(*) filter (where is_accepted) as rows_passed,
        count(*) filter (where is_accepted and not is_counted) as rows_not_counted
    from {{ ref('row_places') }}
    group by all

    union all

    select
        reading_id,
        form,
        cast(null as string) as school_id,
        true as is_rejected,
        cast(sum(rows_read) as bigint) as rows_read,
        0 as rows_passed,
        0 as rows_not_counted
    from {{ source('landing', 'sheets') }}
    where not is_accepted
    group by all
),

schools_elsewhere as (
    select
        schools.collection_id,
        schools.school_id,
        {{ joined_text('units.name_zh', '、') }} as unit_names_zh
    from {{ ref('known_schools') }} as schools
    inner join {{ ref('reporting_units') }} as units on schools.unit_code = units.unit_code
    group by all
)

-- A part speaks for the unit where it is about a school of the unit's own, or about the unit as a whole.
select
    readings.collection_id,
    readings.unit_code,
    readings.document_id,
    readings.arrival_no,
    given.reading_id,
    given.form,
    given.school_id,
    given.is_rejected or emptying.reading_id is not null as is_rejected,
    emptying.reading_id is not null as is_emptying,
    given.rows_read,
    given.rows_passed,
    given.rows_not_counted,
    scopes.replacement_scope,
    not given.is_rejected and emptying.reading_id is null
    and (scopes.replacement_scope = 'unit' or own.school_id is not null) as speaks_for_unit,
    case
        when not scopes.checks_school or given.school_id is null or own.school_id is not null then null
        when schools_elsewhere.school_id is null then 'row.unknown_school'
        else 'row.other_unit'
    end as school_fault,
    schools_elsewhere.unit_names_zh as registered_with_zh
from given
inner join scopes on given.form = scopes.form
inner join {{ source('landing', 'readings') }} as readings on given.reading_id = readings.reading_id
left join {{ ref('known_schools') }} as own
    on
        readings.collection_id = own.collection_id
        and readings.unit_code = own.unit_code
        and given.school_id = own.school_id
left join schools_elsewhere
    on readings.collection_id = schools_elsewhere.collection_id and given.school_id = schools_elsewhere.school_id
left join {{ ref('emptying_parts') }} as emptying
    on
        given.reading_id = emptying.reading_id
        and given.form = emptying.form
        and given.school_id is not distinct from emptying.school_id
        and not given.is_rejected
