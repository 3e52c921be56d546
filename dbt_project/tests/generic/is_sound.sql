{# What a table promises: its key names one row (blanks count as equal), what its columns name in `parents` is there, and a column of
   `values` holds known codes only. One test for all of it: a test costs more than its SQL. #}
{% test is_sound(model, key=none, parents=[], values={}) %}
{%- set faults = [] -%}
{%- if key -%}
    {%- do faults.append(repeated_keys(model, key)) -%}
{%- endif -%}
{%- for parent in parents -%}
    {%- do faults.append(missing_parents(model, parent)) -%}
{%- endfor -%}
{%- for column, known in values.items() -%}
    {%- do faults.append(unknown_values(model, column, known)) -%}
{%- endfor -%}
{{ faults | join('\nunion all\n') }}
{% endtest %}
