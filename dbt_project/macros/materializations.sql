{# Tables and views are made under their own names, in one statement: the working database is private, and nobody sees it before it is
   a release. dbt's own way (make beside, rename twice, drop) took a tenth of a small build. A table says how many rows it has. #}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% do drop_existing(load_cached_relation(this)) %}
    {% call statement('main', fetch_result=true) -%}
        {{ create_table_as(False, target_relation, sql) }}
    {%- endcall %}
    {% do tell_row_count(target_relation, load_result('main').data[0][0]) %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {% do drop_existing(load_cached_relation(this)) %}
    {% call statement('main') -%}
        {{ create_view_as(target_relation, sql) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro drop_existing(relation) -%}
    {%- if relation is not none -%}
        {%- do adapter.drop_relation(relation) -%}
    {%- endif -%}
{%- endmacro %}


{# Says in the log how many rows a table has, where orchestration reads it. #}
{% macro tell_row_count(relation, rows) -%}
    {%- do log(relation.schema ~ '.' ~ relation.identifier ~ ' has ' ~ rows ~ ' rows', info=true) -%}
{%- endmacro %}


{# The same after a seed, or on another engine, was made. #}
{% macro count_rows() -%}
    {%- if execute and (model.resource_type == 'seed' or (target.type != 'duckdb' and model.config.materialized == 'table')) -%}
        {%- do tell_row_count(this, run_query('select count(*) from ' ~ this).columns[0][0]) -%}
    {%- endif -%}
{%- endmacro %}
