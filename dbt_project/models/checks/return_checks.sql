-- One row a question to a unit about a return as a whole or a school or stage in it, told at the latest document that it is
-- about: no register, schools left out, a school that changed much since the collection before, two forms that disagree, a metric
-- unlike any other.
select
    reading_id,
    form,
    'unit.register_missing' as check_id,
    cast(null as string) as subject,
    detail
from {{ ref('missing_registers') }}

union all

select
    reading_id,
    form,
    'unit.incomplete' as check_id,
    null as subject,
    detail
from {{ ref('incomplete_returns') }}

union all

select
    reading_id,
    form,
    'unit.year_on_year' as check_id,
    school_id as subject,
    detail
from {{ ref('changed_schools') }}

union all

select
    reading_id,
    form,
    'unit.across_forms' as check_id,
    stage as subject,
    detail
from {{ ref('disagreeing_forms') }}

union all

select
    reading_id,
    form,
    'metric.outlier' as check_id,
    metric_id as subject,
    detail
from {{ ref('metric_outliers') }}
