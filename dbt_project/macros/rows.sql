{# The rows of a form as read (`given`) beside what is known of the part of the document that they stand in (`parts`). #}
{% macro given_rows(form) -%}
    {{ source('returns', form) }} as given
    inner join {{ ref('document_parts') }} as parts
        on
            given.reading_id = parts.reading_id
            and parts.form = '{{ form }}'
            and not parts.is_rejected
            {% if forms()[form].scope == 'school' -%}
            and given.school_id is not distinct from parts.school_id
            {%- endif %}
{%- endmacro %}


{# Joined to rows of a form (`given`), their place among `faults` (`faulty`): null for a row without a fault. #}
{% macro beside_faults(form, faults) -%}
    left join (
        select distinct
            reading_id,
            sheet_no,
            row_number
        from {{ faults }}
        where form = '{{ form }}'
    ) as faulty
        on
            given.reading_id = faulty.reading_id
            and given.sheet_no = faulty.sheet_no
            and given.row_number = faulty.row_number
{%- endmacro %}


{# The rows of a form that count: accepted by the reader, not replaced, without a cross-document fault, and of persons who are
   still there. #}
{% macro current_rows(form, columns, faults='row_faults') -%}
    select
        parts.reading_id,
        parts.collection_id,
        parts.unit_code,
        parts.document_id,
        {%- for column in columns %}
        {% if column == 'grade' -%} {{ settled_grade() }} as grade {%- else -%} given.{{ column }} {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ given_rows(form) }}
    {% if 'grade' in columns -%}
    {{ beside_types() }}
    {% endif -%}
    {{ beside_faults(form, ref(faults)) }}
    where
        given.is_accepted
        {% if forms()[form].has_leavers -%}
        and given.is_counted
        {% endif -%}
        and not parts.is_replaced
        and faulty.reading_id is null
{%- endmacro %}


{# Rows whose key stands in an earlier row of what is current for the unit: by order of documents, sheets and rows. Of persons, only
   those are looked at that stand in another row at all. #}
{% macro duplicate_rows(form, faults=none) -%}
    {%- set about = forms()[form] -%}
    select
        '{{ form }}' as form,
        given.reading_id,
        given.sheet_no,
        given.row_number,
        {% if about.scope == 'school' -%} given.school_id {%- else -%} cast(null as string) as school_id {%- endif %},
        'row.duplicate' as check_id,
        '{{ about.told_by }}' as column_name,
        '{{ about.heading_zh }}' as heading_zh,
        {% if about.is_person -%} cast(null as string) {%- else -%} cast(given.{{ about.told_by }} as string) {%- endif %} as value_masked,
        cast(null as string) as detail,
        true as was_accepted,
        false as is_replaced
    from (
        {% if about.is_person -%}
        select
            *,
            person_id as {{ about.key[0] }},
            unit_code as sent_by
        from {{ ref('repeated_person_rows') }}
        where form = '{{ form }}'
        {%- else -%}
        select
            given.*,
            parts.collection_id,
            parts.unit_code as sent_by,
            parts.arrival_no
        from {{ given_rows(form) }}
        where given.is_accepted and not parts.is_replaced
        {%- endif %}
    ) as given
    {% if faults -%}
    {{ beside_faults(form, faults) }}
    where faulty.reading_id is null
    {% endif -%}
    qualify
        row_number() over (
            partition by
                given.collection_id,
                given.sent_by{% if about.is_person %},
                given.is_counted{% endif %}{% for column in about.key %},
                given.{{ column }}{% endfor %}
            order by given.arrival_no, given.sheet_no, given.row_number
        ) > 1
{%- endmacro %}
