{# One block of a metric, counted school by school: what `relation` has of the numerator and of the denominator. #}
{% macro share_of(metric_id, relation, numerator, denominator, where=none) -%}
    select
        '{{ metric_id }}' as metric_id,
        collection_id,
        unit_code,
        school_id,
        {{ numerator }} as numerator,
        {{ denominator }} as denominator
    from {{ relation }}
    {%- if where %}
    where {{ where }}
    {%- endif %}
    group by all
{%- endmacro %}


{# The share of the `schools` of a set (seed `school_sets`) that say yes to `answer`. #}
{% macro share_of_schools(metric_id, school_set, answer) -%}
    {{ share_of(metric_id, 'schools', 'count(*) filter (where ' ~ answer ~ ')', 'count(*)', in_school_set(school_set)) }}
{%- endmacro %}
