{# True where `item` is a part of `list`, a text with parts parted by semicolons. #}
{% macro is_listed(item, list) -%}
    (';' || {{ list }} || ';' like '%;' || {{ item }} || ';%')
{%- endmacro %}
