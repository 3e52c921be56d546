-- One row a row of any form as read: where it stands, which school it names, whether the reader accepted it, and whether its
-- person still counts.
{{ config(materialized="view") }}

{% for form, about in forms().items() %}
select
    reading_id,
    '{{ form }}' as form,
    sheet_no,
    row_number,
    {{ 'school_id' if about.scope == 'school' else 'cast(null as string) as school_id' }},
    is_accepted,
    {{ 'is_counted' if about.has_leavers else 'true as is_counted' }}
from {{ source('returns', form) }}
{{ 'union all' if not loop.last }}
{% endfor %}
