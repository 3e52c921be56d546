-- One row a set of forms that a metric rests on, unit and collection: has the unit sent what it supplies of them,
-- and for how many of its open schools.
with

source_sets as (
    select distinct source_forms
    from {{ ref('metrics') }}
),

forms_needed as (
    select
        source_sets.source_forms,
        forms.form,
        forms.suppliers,
        forms.covers
    from source_sets
    inner join {{ source('landing', 'forms') }} as forms on {{ is_listed('forms.form', 'source_sets.source_forms') }}
),

delivered as (
    select
        forms_needed.source_forms,
        collections.collection_id,
        units.unit_code,
        count(*) = count(arrivals.form) as is_reported
    from forms_needed
    cross join {{ ref('collections') }} as collections
    inner join {{ ref('reporting_units') }} as units on {{ is_listed('units.kind', 'forms_needed.suppliers') }}
    left join {{ ref('form_arrivals') }} as arrivals
        on
            forms_needed.form = arrivals.form
            and collections.collection_id = arrivals.collection_id
            and units.unit_code = arrivals.unit_code
    group by all
),

schools_delivered as (
    select distinct
        form,
        collection_id,
        unit_code,
        school_id
    from {{ ref('checked_parts') }}
    where not is_replaced and rows_accepted > 0
),

schools as (
    select
        forms_needed.source_forms,
        schools.collection_id,
        schools.unit_code,
        schools.school_id,
        count(*) = count(schools_delivered.form) as is_reported
    from {{ ref('dim_school') }} as schools
    inner join forms_needed
        on
            schools.is_open
            and {{ is_listed('schools.school_type_group', 'forms_needed.covers') }}
    left join schools_delivered
        on
            forms_needed.form = schools_delivered.form
            and schools.collection_id = schools_delivered.collection_id
            and schools.unit_code = schools_delivered.unit_code
            and schools.school_id = schools_delivered.school_id
    group by all
)

select
    delivered.source_forms,
    delivered.collection_id,
    delivered.unit_code,
    delivered.is_reported,
    count(schools.school_id) as schools_expected,
    count(*) filter (where schools.is_reported) as schools_reported
from delivered
left join schools
    on
        delivered.source_forms = schools.source_forms
        and delivered.collection_id = schools.collection_id
        and delivered.unit_code = schools.unit_code
group by all
