{# What Spark needs around the models: where it finds the lake, and what dbt-spark leaves out. #}

{# Before a run: sources as tables over the lake's files, with the columns of all of them. DuckDB reads the `external_location` of each
   source itself. #}
{% macro stage_sources() -%}
    {{ return(adapter.dispatch('stage_sources', 'edu')()) }}
{%- endmacro %}

{% macro default__stage_sources() -%}
{%- endmacro %}

{% macro spark__stage_sources() -%}
    {%- if execute -%}
        {%- for source in graph.sources.values() -%}
            {%- set pattern = source.config.external_location.split("'")[1] | replace('{identifier}', source.identifier) -%}
            {%- set folder = pattern | replace('/*.parquet', '') -%}
            {%- do run_query('create schema if not exists ' ~ source.schema) -%}
            {%- set table = source.schema ~ '.' ~ source.identifier -%}
            {%- do run_query('drop table if exists ' ~ table) -%}
            {%- do run_query('create table ' ~ table ~ " using parquet options (mergeSchema true) location '" ~ folder ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{# Seeds as literals: dbt-spark's own bindings turn blanks into the text None, and break at an apostrophe. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model.config.column_types -%}
    {%- set sql -%}
        insert into {{ this }} values
        {% for row in agate_table.rows -%}
        (
            {%- for column in agate_table.column_names -%}
            cast({{ spark_literal(row[column]) }} as {{ types[column] }}){{ ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {% endfor %}
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{%- endmacro %}

{% macro spark_literal(value) -%}
    {%- if value is none -%}
        null
    {%- else -%}
        '{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}


{# Parquet tables on Spark know no NOT NULL: data tests say what must not be blank. #}
{% macro spark__persist_constraints(relation, model) -%}
{%- endmacro %}
