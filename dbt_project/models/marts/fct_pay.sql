-- One row a year of a unit in a collection.
select
    collection_id,
    unit_code,
    year,
    teacher_pay,
    civil_servant_pay,
    kindergarten_contract_pay,
    social_average_pay,
    document_id
from {{ ref('stg_pay') }}
