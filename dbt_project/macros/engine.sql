{# What differs between engines, and nothing else. #}

{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'edu')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double
{%- endmacro %}

{% macro postgres__type_double() -%}
    double precision
{%- endmacro %}


{# The date that lateness is judged by: what the run was told, else today in China. #}
{% macro today() -%}
    {%- set day = env_var('EDU_TODAY', '') -%}
    {%- if day -%}
        cast('{{ day }}' as date)
    {%- else -%}
        {{ return(adapter.dispatch('today_in_china', 'edu')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__today_in_china() -%}
    cast(now() at time zone 'Asia/Shanghai' as date)
{%- endmacro %}

{% macro spark__today_in_china() -%}
    cast(convert_timezone('Asia/Shanghai', current_timestamp()) as date)
{%- endmacro %}


{# Whole days from one date to another. #}
{% macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_between', 'edu')(first_date, last_date)) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    ({{ last_date }} - {{ first_date }})
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    datediff({{ last_date }}, {{ first_date }})
{%- endmacro %}


{# Distinct values of a group as one text, in order, parted by `separator`. #}
{% macro joined_text(value, separator=';') -%}
    {{ return(adapter.dispatch('joined_text', 'edu')(value, separator)) }}
{%- endmacro %}

{% macro default__joined_text(value, separator) -%}
    string_agg(distinct {{ value }}, '{{ separator }}' order by {{ value }})
{%- endmacro %}

{% macro spark__joined_text(value, separator) -%}
    listagg(distinct {{ value }}, '{{ separator }}') within group (order by {{ value }})
{%- endmacro %}


{# An aggregate of doubles, taken in a fixed order: the same rows in another order would give another last digit, and a value
   that differs from the release before without a cause. Where the engine cannot, without. #}
{% macro in_order(aggregate, arguments, order_by) -%}
    {{ return(adapter.dispatch('in_order', 'edu')(aggregate, arguments, order_by)) }}
{%- endmacro %}

{% macro default__in_order(aggregate, arguments, order_by) -%}
    {{ aggregate }}({{ arguments }} order by {{ order_by }})
{%- endmacro %}

{% macro spark__in_order(aggregate, arguments, order_by) -%}
    {{ aggregate }}({{ arguments }})
{%- endmacro %}


{# The day in China of a time in UTC. #}
{% macro china_date(utc) -%}
    {{ return(adapter.dispatch('china_date', 'edu')(utc)) }}
{%- endmacro %}

{% macro default__china_date(utc) -%}
    cast({{ utc }} at time zone 'UTC' at time zone 'Asia/Shanghai' as date)
{%- endmacro %}

{% macro spark__china_date(utc) -%}
    cast(convert_timezone('UTC', 'Asia/Shanghai', {{ utc }}) as date)
{%- endmacro %}


{# A number that stands for some values: equal values give equal numbers. Spark's own hash passes over nulls, so that a value in the
   column beside would give the same; JSON names the columns. #}
{% macro hash_of(values) -%}
    {{ return(adapter.dispatch('hash_of', 'edu')(values)) }}
{%- endmacro %}

{% macro default__hash_of(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}

{% macro spark__hash_of(values) -%}
    xxhash64(to_json(struct({{ values | join(', ') }})))
{%- endmacro %}


{# Every column of a relation but some, as the arguments of a function. #}
{% macro all_but(columns) -%}
    {{ return(adapter.dispatch('all_but', 'edu')(columns)) }}
{%- endmacro %}

{% macro default__all_but(columns) -%}
    *columns(* exclude ({{ columns | join(', ') }}))
{%- endmacro %}

{% macro spark__all_but(columns) -%}
    * except ({{ columns | join(', ') }})
{%- endmacro %}


{# A number with so many digits behind the point, its thousands parted. #}
{% macro number_text(value, digits) -%}
    {{ return(adapter.dispatch('number_text', 'edu')(value, digits)) }}
{%- endmacro %}

{% macro default__number_text(value, digits) -%}
    format('{:,.' || cast({{ digits }} as string) || 'f}', cast({{ value }} as {{ type_double() }}))
{%- endmacro %}

{% macro spark__number_text(value, digits) -%}
    format_number({{ value }}, cast({{ digits }} as integer))
{%- endmacro %}
