{# A figure that a check is judged by: the one place for it is the seed `check_thresholds`. #}
{% macro threshold(check_id, name) -%}
    (
        select max(thresholds.value)
        from {{ ref('check_thresholds') }} as thresholds
        where thresholds.check_id = '{{ check_id }}' and thresholds.threshold = '{{ name }}'
    )
{%- endmacro %}


{# The first ten of a group's texts, and how many there are when there are more; `place` numbers them from 1. #}
{% macro first_ten(label, place, counted_zh) -%}
    {{ joined_text('case when ' ~ place ~ ' <= 10 then ' ~ label ~ ' end', '、') }}
    || case when max({{ place }}) > 10 then '等 ' || cast(max({{ place }}) as string) || ' {{ counted_zh }}' else '' end
{%- endmacro %}


{# A short name for a combination of values, blanks included: the same values always give the same twelve hex digits. #}
{% macro short_digest(values) -%}
    substr(md5({% for value in values %}coalesce(cast({{ value }} as string), ''){{ " || '|' || " if not loop.last }}{% endfor %}), 1, 12)
{%- endmacro %}


{# Two figures, both above 0, of which one is many times the other: `metric.outlier`. Null where one of them is not there. #}
{% macro is_unlike(value, other) -%}
    {{ value }} > 0
    and {{ other }} > 0
    and (
        {{ value }} >= {{ threshold('metric.outlier', 'times') }} * {{ other }}
        or {{ value }} * {{ threshold('metric.outlier', 'times') }} <= {{ other }}
    )
{%- endmacro %}
