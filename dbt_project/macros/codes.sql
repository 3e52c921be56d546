{# The Chinese label of a code, and the group it belongs to; null for a blank. #}
{% macro label_of(code_list, code) -%}
    (select max(codes.label_zh) from {{ ref('codes') }} as codes where codes.code_list = '{{ code_list }}' and codes.code = {{ code }})
{%- endmacro %}

{% macro group_of(code_list, code) -%}
    (select max(codes.group) from {{ ref('codes') }} as codes where codes.code_list = '{{ code_list }}' and codes.code = {{ code }})
{%- endmacro %}

{% macro group_label_of(code_list, code_group) -%}
    (
        select max(code_groups.label_zh)
        from {{ ref('code_groups') }} as code_groups
        where code_groups.code_list = '{{ code_list }}' and code_groups.code_group = {{ code_group }}
    )
{%- endmacro %}

{# The label of a word of the warehouse itself (a status, a tier), as the seed `labels` has it: in Chinese, or in English. #}
{% macro word_for(vocabulary, code, language='zh') -%}
    (select max(labels.label_{{ language }}) from {{ ref('labels') }} as labels where labels.vocabulary = '{{ vocabulary }}' and labels.code = {{ code }})
{%- endmacro %}

{% macro form_name(form) -%}
    (select max(forms.name_zh) from {{ source('landing', 'forms') }} as forms where forms.form = {{ form }})
{%- endmacro %}
