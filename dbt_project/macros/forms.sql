{# What the cross-document checks need to know of each form. A test holds keys and scopes against the contracts that the
   reader put into the lake. `told_by` is the column that a duplicate is reported at, with its heading; it is masked
   where it identifies a person. `type_rule` is the group that the type of the row's school must belong to; `has_leavers`: a status
   says whether the person still counts. #}
{% macro forms() -%}
    {{ return({
        'school_register': {'scope': 'school', 'key': ['school_id'], 'told_by': 'school_id', 'heading_zh': '学校标识码'},
        'student_roster': {
            'scope': 'school', 'key': ['student_id'], 'told_by': 'student_id', 'heading_zh': '学籍号', 'is_person': true, 'has_leavers': true,
            'checks_school': true,
        },
        'teacher_roster': {
            'scope': 'school', 'key': ['teacher_id'], 'told_by': 'teacher_id', 'heading_zh': '教师编号', 'is_person': true, 'has_leavers': true,
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
        'overseas_students': {'scope': 'unit', 'key': ['institution_name_key'], 'told_by': 'institution_name', 'heading_zh': '学校名称'},
        'vocational_staffing': {'scope': 'unit', 'key': ['institution_name_key'], 'told_by': 'institution_name', 'heading_zh': '学校名称'},
        'progress_items': {'scope': 'unit', 'key': ['item'], 'told_by': 'item', 'heading_zh': '任务代码'},
    }) }}
{%- endmacro %}


{# True where one of a list of forms is about schools that the register must know. #}
{% macro is_about_schools(source_forms) -%}
    (
        {%- for form, about in forms().items() if about.checks_school -%}
        {{ is_listed("'" ~ form ~ "'", source_forms) }}{{ ' or ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
