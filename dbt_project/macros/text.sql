{# A share or ratio in a question to a county: `49.8%`, `0.000107`; no noughts at its end. #}
{% macro value_text(value, value_kind) -%}
    {%- set scaled = 'case when ' ~ value_kind ~ " = 'share' then 100 * " ~ value ~ ' else ' ~ value ~ ' end' -%}
    regexp_replace(
        {{ number_text(scaled, 'case when ' ~ scaled ~ ' >= 0.1 then 2 else 6 end') }}, '[.]?0+$', ''
    ) || case when {{ value_kind }} = 'share' then '%' else '' end
{%- endmacro %}


{# How many digits behind the point a figure is shown with: those usual for its kind, or as many as it takes to differ from `other`. #}
{% macro digits_shown(figure, other) -%}
    {%- set usual = "case when value_kind = 'share' then 1 when value_kind not in ('count', 'sum') then 2 when " ~ figure ~ " = floor(" ~ figure
        ~ ") then 0 else 1 end" -%}
    case
        when {{ other }} is null or {{ figure }} is null or {{ figure }} = {{ other }} then {{ usual }}
        {% for digits in range(5) -%}
        when {{ usual }} <= {{ digits }} and round({{ figure }}, {{ digits }}) <> round({{ other }}, {{ digits }}) then {{ digits }}
        {% endfor -%}
        else 5
    end
{%- endmacro %}


{# A target as the plan writes it, without noughts at its end. #}
{% macro short_text(figure) -%}
    regexp_replace({{ number_text(figure, "case when value_kind = 'share' then 1 else 4 end") }}, '[.]?0+$', '')
{%- endmacro %}
