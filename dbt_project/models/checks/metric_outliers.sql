-- One row a unit and metric whose value is many times, or a small part of, its own of the collection before or what is usual in the
-- other counties, told at the latest document of the forms behind it: a slip of units (元, 万元) that every row alone allows.
{{ config(materialized="view") }}

with

figures as (
    select
        figures.metric_id,
        figures.collection_id,
        figures.unit_code,
        figures.value,
        units.kind,
        metrics.name_zh,
        metrics.value_kind,
        metrics.source_forms,
        lag(figures.value) over (partition by figures.metric_id, figures.unit_code order by collections.as_of_date) as value_before
    from {{ ref('metric_figures') }} as figures
    inner join {{ ref('metrics') }} as metrics on figures.metric_id = metrics.metric_id
    inner join {{ ref('collections') }} as collections on figures.collection_id = collections.collection_id
    inner join {{ ref('reporting_units') }} as units on figures.unit_code = units.unit_code
    where
        metrics.value_kind in ('share', 'ratio')
        and metrics.method = 'computed'
        and metrics.city_rule <> 'share_of_counties'
        and units.kind <> 'municipal'
),

medians as (
    select
        figures.metric_id,
        figures.collection_id,
        figures.unit_code,
        median(others.value) as value_elsewhere
    from figures
    inner join figures as others
        on
            figures.metric_id = others.metric_id
            and figures.collection_id = others.collection_id
            and figures.unit_code <> others.unit_code
            and others.kind = 'county'
    group by all
),

compared as (
    select
        figures.*,
        medians.value_elsewhere,
        {{ is_unlike('figures.value', 'figures.value_before') }} as is_unlike_before,
        {{ is_unlike('figures.value', 'medians.value_elsewhere') }} as is_unlike_others
    from figures
    left join medians
        on
            figures.metric_id = medians.metric_id
            and figures.collection_id = medians.collection_id
            and figures.unit_code = medians.unit_code
),

-- A school's own figures rather than the register that only says which schools count.
latest_of_forms as (
    select
        compared.metric_id,
        compared.collection_id,
        compared.unit_code,
        parts.reading_id,
        parts.form
    from compared
    inner join {{ ref('part_versions') }} as parts
        on
            compared.collection_id = parts.collection_id
            and compared.unit_code = parts.unit_code
            and {{ is_listed('parts.form', 'compared.source_forms') }}
            and not parts.is_replaced
    where compared.is_unlike_before or compared.is_unlike_others
    qualify
        row_number() over (
            partition by compared.metric_id, compared.collection_id, compared.unit_code
            order by parts.form = 'school_register' asc, parts.arrival_no desc, parts.form asc, parts.school_id asc
        ) = 1
)

select
    latest_of_forms.reading_id,
    latest_of_forms.form,
    compared.metric_id,
    '“' || compared.name_zh || '”为 ' || {{ value_text('compared.value', 'compared.value_kind') }}
    || coalesce('，上年为 ' || {{ value_text('compared.value_before', 'compared.value_kind') }}, '')
    || coalesce('，其他县（市、区）的中位数为 ' || {{ value_text('compared.value_elsewhere', 'compared.value_kind') }}, '') as detail
from compared
inner join latest_of_forms
    on
        compared.metric_id = latest_of_forms.metric_id
        and compared.collection_id = latest_of_forms.collection_id
        and compared.unit_code = latest_of_forms.unit_code
