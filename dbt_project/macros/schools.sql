{# The open schools with what they report in other forms: `reported` names columns by the fact they stand in. A school that
   did not report has nulls there, so it counts in a denominator and in no numerator. #}
{% macro open_schools(reported) -%}
    select
        schools.*
        {%- for fact, columns in reported.items() %}{% for column in columns %},
        {{ fact }}.{{ column }}
        {%- endfor %}{% endfor %}
    from {{ ref('dim_school') }} as schools
    {%- for fact in reported %}
    left join {{ ref(fact) }} as {{ fact }}
        on
            schools.collection_id = {{ fact }}.collection_id
            and schools.unit_code = {{ fact }}.unit_code
            and schools.school_id = {{ fact }}.school_id
    {%- endfor %}
    where schools.is_open
{%- endmacro %}


{# True where the type of `school`, or the group of its type, is a member of a set of the seed `school_sets`. #}
{% macro in_school_set(school_set, school=none) -%}
    {%- set relation = school ~ '.' if school else '' -%}
    {%- set members -%}
        select school_sets.member from {{ ref('school_sets') }} as school_sets where school_sets.school_set = '{{ school_set }}'
    {%- endset -%}
    ({{ relation }}school_type in ({{ members }}) or {{ relation }}school_type_group in ({{ members }}))
{%- endmacro %}
