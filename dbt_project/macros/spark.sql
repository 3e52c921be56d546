{# What Spark needs around the models: where it finds the lake, and what dbt-spark leaves out or gets wrong. #}

{# Before a run: sources as tables over the lake's files, with the columns of all of them. DuckDB reads the `external_location` of each
   source itself. What only fsspec opens (`spark/pyspark_fsspec.py` of the project) is copied once a run: models read it several times. #}
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
            {%- if env_var('EDU_SPARK_LAKE_READER', 'hadoop') == 'fsspec' -%}
                {%- do run_query("create or replace temporary view lake_source using fsspec options (url '" ~ folder ~ "')") -%}
                {%- do run_query('create table ' ~ table ~ ' using parquet as select * from lake_source') -%}
            {%- else -%}
                {%- do run_query('create table ' ~ table ~ " using parquet options (mergeSchema true) location '" ~ folder ~ "'") -%}
            {%- endif -%}
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


{# Parquet tables on Spark know no NOT NULL: what the contract says must not be blank is looked for once the table is there. #}
{% macro spark__persist_constraints(relation, model) -%}
    {%- set blanks = [] -%}
    {%- for column in model.columns.values() if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
        {%- do blanks.append(column.name ~ ' is null') -%}
    {%- endfor -%}
    {%- if blanks and config.get('contract').enforced -%}
        {%- set rows = run_query('select count(*) from ' ~ relation ~ ' where ' ~ blanks | join(' or ')).columns[0][0] -%}
        {%- if rows -%}
            {{ exceptions.raise_compiler_error(relation ~ ': ' ~ rows ~ ' rows with a blank where the contract allows none') }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
