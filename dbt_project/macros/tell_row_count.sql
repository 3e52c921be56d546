{# After a table or seed was made: says in the log how many rows it has, where orchestration reads it. #}
{% macro tell_row_count() -%}
    {%- if execute and model.config.materialized in ('table', 'seed') -%}
        {%- set rows = run_query('select count(*) from ' ~ this).columns[0][0] -%}
        {%- do log(this.schema ~ '.' ~ this.identifier ~ ' has ' ~ rows ~ ' rows', info=true) -%}
    {%- endif -%}
{%- endmacro %}
