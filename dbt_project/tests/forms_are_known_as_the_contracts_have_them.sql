{{ config(meta={'dagster': {'ref': {'name': 'document_parts'}}}) }}

-- depends_on: {{ ref('document_parts') }}
-- The project's own list of forms (macros/forms.sql) has the keys and scopes of the contracts that the reader went by.
with

known as (
    {% for form, about in forms().items() %}
    select
        '{{ form }}' as form,
        '{{ about.scope }}' as replacement_scope,
        '{{ about.key | join(";") | replace("_key", "") }}' as form_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    known.form as known_form,
    contracts.form as contract_form,
    known.replacement_scope,
    known.form_key
from known
full outer join {{ source('landing', 'forms') }} as contracts
    on
        known.form = contracts.form
        and known.replacement_scope = contracts.replacement_scope
        and known.form_key = contracts.key
where known.form is null or contracts.form is null
