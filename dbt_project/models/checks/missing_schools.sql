-- One row an open school that a form covers and that no row of what the unit sent of it mentions, in a collection. Where
-- nothing of the form has arrived, too: the calendar says whether that is late.
select
    schools.collection_id,
    schools.unit_code,
    forms.form,
    schools.school_id,
    schools.school_name
from {{ ref('dim_school') }} as schools
inner join {{ source('landing', 'forms') }} as forms
    on schools.is_open and {{ is_listed('schools.school_type_group', 'forms.covers') }}
left join {{ ref('checked_parts') }} as parts
    on
        schools.collection_id = parts.collection_id
        and schools.unit_code = parts.unit_code
        and schools.school_id = parts.school_id
        and forms.form = parts.form
        and not parts.is_replaced
where parts.school_id is null
