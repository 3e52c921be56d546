{# Schemas are named exactly as configured: a release promises `metrics.metric_values`, not `main_metrics.metric_values`. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name }}
{%- endmacro %}
