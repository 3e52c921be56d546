{# What the cross-document checks need to know of each form. A test holds keys and scopes against the contracts that the
   reader put into the lake. `told_by` is the column that a duplicate is reported at, with its heading; it is masked
   where it identifies a person. `type_rule` is the group that the type of the row's school must belong to. #}
{% macro forms() -%}
    {{ return({
        'school_register': {'scope': 'school', 'key': ['school_id'], 'told_by': 'school_id', 'heading_zh': '学校标识码'},
        'student_roster': {
            'scope': 'school', 'key': ['student_id'], 'told_by': 'student_id', 'heading_zh': '学籍号', 'is_person': true,
            'checks_school': true,
        },
        'teacher_roster': {
            'scope': 'school', 'key': ['teacher_id'], 'told_by': 'teacher_id', 'heading_zh': '教师编号', 'is_person': true,
            'checks_school': true,
        },
        'vocational_graduates': {
            'scope': 'school', 'key': ['student_id'], 'told_by': 'student_id', 'heading_zh': '学籍号', 'is_person': true,
            'checks_school': true, 'type_rule': 'vocational', 'type_rule_zh': '该校不是中等职业学校',
        },
        'school_conditions': {
            'scope': 'school', 'key': ['school_id'], 'told_by': 'school_id', 'heading_zh': '学校标识码', 'checks_school': true,
        },
        'school_connectivity': {
            'scope': 'school', 'key': ['school_id'], 'told_by': 'school_id', 'heading_zh': '学校标识码', 'checks_school': true,
        },
        'school_practice': {
            'scope': 'school', 'key': ['school_id'], 'told_by': 'school_id', 'heading_zh': '学校标识码', 'checks_school': true,
        },
        'kindergarten_projects': {'scope': 'unit', 'key': ['project_no'], 'told_by': 'project_no', 'heading_zh': '项目编号'},
        'disabled_children': {'scope': 'unit', 'key': ['stage'], 'told_by': 'stage', 'heading_zh': '学段'},
        'pay': {'scope': 'unit', 'key': ['year'], 'told_by': 'year', 'heading_zh': '统计年度'},
        'recognitions': {
            'scope': 'unit', 'key': ['category', 'name_key', 'level', 'unit_code'], 'told_by': 'name', 'heading_zh': '名称',
        },
        'community_schools': {'scope': 'unit', 'key': ['institution_no'], 'told_by': 'institution_no', 'heading_zh': '机构编号'},
        'admission_quota': {
            'scope': 'school', 'key': ['school_id'], 'told_by': 'school_id', 'heading_zh': '学校标识码', 'checks_school': true,
            'type_rule': 'senior', 'type_rule_zh': '该校不是普通高中',
        },
        'overseas_students': {'scope': 'unit', 'key': ['institution_name'], 'told_by': 'institution_name', 'heading_zh': '学校名称'},
        'vocational_staffing': {'scope': 'unit', 'key': ['institution_name'], 'told_by': 'institution_name', 'heading_zh': '学校名称'},
        'progress_items': {'scope': 'unit', 'key': ['item'], 'told_by': 'item', 'heading_zh': '任务代码'},
    }) }}
{%- endmacro %}


{# The rows of a form as read (`given`) beside what is known of the part of the document that they stand in (`parts`). #}
{% macro given_rows(form) -%}
    {{ source('returns', form) }} as given
    inner join {{ ref('document_parts') }} as parts
        on
            given.reading_id = parts.reading_id
            and parts.form = '{{ form }}'
            and not parts.is_rejected
            {% if forms()[form].scope == 'school' -%}
            and given.school_id is not distinct from parts.school_id
            {%- endif %}
{%- endmacro %}


{# Rows without a fault in `faults`: joined to it by the place they stand at. #}
{% macro without_faults(form, faults) -%}
    not exists (
        select 1
        from {{ faults }} as faults
        where
            faults.form = '{{ form }}'
            and faults.reading_id = given.reading_id
            and faults.sheet_no = given.sheet_no
            and faults.row_number = given.row_number
    )
{%- endmacro %}


{# The rows of a form that count: accepted by the reader, not replaced, without a cross-document fault. #}
{% macro current_rows(form, columns, faults='row_faults') -%}
    select
        parts.collection_id,
        parts.unit_code,
        parts.document_id,
        {%- for column in columns %}
        given.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ given_rows(form) }}
    where
        given.is_accepted
        and not parts.is_replaced
        and {{ without_faults(form, ref(faults)) }}
{%- endmacro %}


{# Rows whose key stands in an earlier row of what is current for the unit: by order of documents, sheets and rows. #}
{% macro duplicate_rows(form, faults=none) -%}
    {%- set about = forms()[form] -%}
    select
        '{{ form }}' as form,
        given.reading_id,
        given.sheet_no,
        given.row_number,
        {% if about.scope == 'school' -%} given.school_id {%- else -%} cast(null as varchar) as school_id {%- endif %},
        'row.duplicate' as check_id,
        '{{ about.told_by }}' as column_name,
        '{{ about.heading_zh }}' as heading_zh,
        {% if about.is_person -%} cast(null as varchar) {%- else -%} cast(given.{{ about.told_by }} as varchar) {%- endif %} as value_masked,
        cast(null as varchar) as detail,
        given.is_accepted as was_accepted,
        parts.is_replaced
    from {{ given_rows(form) }}
    where
        given.is_accepted
        and not parts.is_replaced
        {% if faults -%}
        and {{ without_faults(form, faults) }}
        {%- endif %}
    qualify
        row_number() over (
            partition by
                parts.collection_id,
                parts.unit_code{% for column in about.key %},
                given.{{ column }}{% endfor %}
            order by parts.arrival_no, given.sheet_no, given.row_number
        ) > 1
{%- endmacro %}
