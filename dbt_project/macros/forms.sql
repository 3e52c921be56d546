{# True where one of a list of forms is about schools that the register must know. #}
{% macro is_about_schools(source_forms) -%}
    (
        {%- for form, about in forms().items() if about.checks_school -%}
        {{ is_listed("'" ~ form ~ "'", source_forms) }}{{ ' or ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
