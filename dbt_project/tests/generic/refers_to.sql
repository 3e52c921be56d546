{# Together the columns name a row of another table, or one of them is blank; dbt's own `relationships` is for single columns. #}
{% test refers_to(model, columns, to, to_columns) %}
    select {% for column in columns %}children.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ model }} as children
    where
        {% for column in columns %}children.{{ column }} is not null and {% endfor %}
        not exists (
            select 1 from {{ to }} as parents
            where
                {% for column in columns %}parents.{{ to_columns[loop.index0] }} = children.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
        )
{% endtest %}
