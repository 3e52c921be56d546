{# Each parent has a row for what the columns name, or one of them is blank. One test for all parents of a table: a test costs
   more than its SQL. #}
{% test refers_to(model, parents) %}
{% for parent in parents %}
{% set keys = parent.get('to_columns', parent.columns) %}
select
    '{{ parent.columns | join(', ') }}' as columns_without_parent,
    '{{ parent.to }}' as parent_table,
    count(*) as rows_without_parent
from {{ model }} as children
where
    {% for column in parent.columns %}children.{{ column }} is not null and {% endfor %}
    not exists (
        select 1 from {{ parent.to }} as parents
        where {% for key in keys %}parents.{{ key }} = children.{{ parent.columns[loop.index0] }}{{ ' and ' if not loop.last }}{% endfor %}
    )
having count(*) > 0
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
