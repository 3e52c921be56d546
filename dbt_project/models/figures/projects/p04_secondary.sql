-- One row a metric, collection, unit and school (where it is counted by school): 高中段教育. Recognitions are counted in `recognised`.
{{
    share_of(
        'voc_progression_rate',
        ref('fct_vocational_destination'),
        "sum(graduates) filter (where destination in ('bachelor', 'college'))",
        'sum(graduates)',
    )
}}

union all

{{
    share_of(
        'dual_qualified_share',
        ref('fct_teacher_qualification'),
        'sum(specialised_dual_qualified)',
        'sum(specialised)',
        "post = 'teaching' and stage_taught = 'vocational'",
    )
}}

union all

{{ share_of('quota_to_junior_share', ref('fct_admission_quota'), 'sum(quota)', 'sum(planned)') }}
