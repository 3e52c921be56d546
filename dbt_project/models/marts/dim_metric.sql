-- One row a metric of the catalogue.
select
    metrics.metric_id,
    metrics.target_id,
    metrics.tier,
    metrics.project_no,
    metrics.project_zh,
    metrics.quote_zh,
    metrics.name_zh,
    metrics.name_en,
    metrics.value_kind,
    metrics.unit,
    metrics.comparator,
    metrics.target_value,
    metrics.target_upper,
    metrics.due_on,
    metrics.stretch,
    metrics.scope,
    metrics.unit_target,
    metrics.reported_by,
    metrics.lead_departments,
    metrics.responsible_units,
    metrics.method,
    metrics.source_forms,
    metrics.numerator_rule,
    metrics.denominator_rule,
    metrics.city_rule,
    metrics.assumption,
    {{ word_for('tier', 'metrics.tier') }} as tier_zh,
    {{ word_for('value_kind', 'metrics.value_kind') }} as value_kind_zh,
    {{ word_for('comparator', 'metrics.comparator') }} as comparator_zh,
    {{ word_for('scope', 'metrics.scope') }} as scope_zh,
    {{ word_for('unit_target', 'metrics.unit_target') }} as unit_target_zh,
    {{ word_for('method', 'metrics.method') }} as method_zh,
    {{ word_for('city_rule', 'metrics.city_rule') }} as city_rule_zh,
    {{ word_for('unit', 'metrics.unit') }} as unit_zh,
    case
        when metrics.method = 'declared' then {{ word_for('declared_definition', 'metrics.city_rule') }}
        when definitions.denominator_zh is null then definitions.numerator_zh
        else '分子：' || definitions.numerator_zh || '；分母：' || definitions.denominator_zh
    end as definition_zh,
    case
        when metrics.method = 'declared' then {{ word_for('declared_definition', 'metrics.city_rule', 'en') }}
        when metrics.denominator_rule is null then metrics.numerator_rule
        else 'Numerator: ' || metrics.numerator_rule || '; denominator: ' || metrics.denominator_rule
    end as definition_en
from {{ ref('metrics') }} as metrics
left join {{ ref('metric_definitions') }} as definitions on metrics.metric_id = definitions.metric_id
