{# What a table may promise (test `is_sound`): each gives a row where it is not kept. #}
{% macro repeated_keys(model, key) -%}
select
    'not a key: {{ key | join(', ') }}' as fault,
    count(*) as faults
from (
    select {{ key | join(', ') }}
    from {{ model }}
    group by {{ key | join(', ') }}
    having count(*) > 1
) as repeated
having count(*) > 0
{%- endmacro %}


{% macro missing_parents(model, parent) -%}
{%- set keys = parent.get('to_columns', parent.columns) -%}
select
    'not in {{ parent.to | replace('"', '') }}: {{ parent.columns | join(', ') }}' as fault,
    count(*) as faults
from {{ model }} as children
where
    {% for column in parent.columns %}children.{{ column }} is not null and {% endfor %}
    not exists (
        select 1 from {{ parent.to }} as parents
        where {% for key in keys %}parents.{{ key }} = children.{{ parent.columns[loop.index0] }}{{ ' and ' if not loop.last }}{% endfor %}
    )
having count(*) > 0
{%- endmacro %}


{% macro unknown_values(model, column, known) -%}
select
    'no known code: {{ column }}' as fault,
    count(*) as faults
from {{ model }}
where {{ column }} not in ('{{ known | join("', '") }}')
having count(*) > 0
{%- endmacro %}
