-- One row a row and check that it fails beside other documents: unknown schools, schools of other units or of the wrong
-- type, grades that the school leaves open, duplicates. Rows named here are set aside.
with

type_rules as (
    {% for form, about in forms().items() if about.type_rule %}
    select
        '{{ form }}' as form,
        '{{ about.type_rule }}' as type_group,
        '{{ about.type_rule_zh }}' as detail
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

schools as (
    select
        collection_id,
        unit_code,
        school_id,
        school_type,
        {{ group_of('school_type', 'school_type') }} as type_group
    from {{ ref('registered_types') }}
),

faulty_parts as (
    select
        reading_id,
        form,
        school_id,
        school_fault as check_id,
        registered_with_zh as detail,
        is_replaced
    from {{ ref('document_parts') }}
    where school_fault is not null

    union all

    -- A school whose type is not known breaks no rule.
    select
        parts.reading_id,
        parts.form,
        parts.school_id,
        'row.rule' as check_id,
        type_rules.detail,
        parts.is_replaced
    from {{ ref('document_parts') }} as parts
    inner join type_rules on parts.form = type_rules.form
    inner join schools
        on
            parts.collection_id = schools.collection_id
            and parts.unit_code = schools.unit_code
            and parts.school_id = schools.school_id
            and type_rules.type_group <> schools.type_group
),

single_row_faults as (
    select
        places.form,
        places.reading_id,
        places.sheet_no,
        places.row_number,
        places.school_id,
        faulty_parts.check_id,
        'school_id' as column_name,
        '学校标识码' as heading_zh,
        places.school_id as value_masked,
        faulty_parts.detail,
        places.is_accepted as was_accepted,
        faulty_parts.is_replaced
    from {{ ref('row_places') }} as places
    inner join faulty_parts
        on
            places.reading_id = faulty_parts.reading_id
            and places.form = faulty_parts.form
            and places.school_id = faulty_parts.school_id

    union all

    -- A year without its stage, in a school whose type leaves the stage open or does not have the year.
    select
        'student_roster' as form,
        given.reading_id,
        given.sheet_no,
        given.row_number,
        given.school_id,
        'row.rule' as check_id,
        'grade' as column_name,
        '年级' as heading_zh,
        cast(given.grade_year as string) || ' 年级' as value_masked,
        '未写明学段，按该校的办学类型不能确定年级' as detail,
        given.is_accepted as was_accepted,
        parts.is_replaced
    from {{ given_rows('student_roster') }}
    {{ beside_types() }}
    where given.grade_year is not null and {{ settled_grade() }} is null
)

select * from single_row_faults

union all

select * from {{ ref('register_faults') }}
{% for form in forms() if form != 'school_register' %}
union all

{{ duplicate_rows(form, 'single_row_faults') }}
{% endfor %}
