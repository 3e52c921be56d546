-- One row a query that a unit has explained in a feedback workbook, in a collection: the latest explanation, a particular
-- one before one for all queries of a check. It holds for whatever document asks the same of the same value again.
with

given as (
    select
        explanations.*,
        readings.collection_id,
        readings.unit_code,
        readings.arrival_no,
        readings.received_at
    from {{ source('landing', 'explanations') }} as explanations
    inner join {{ source('landing', 'readings') }} as readings on explanations.reading_id = readings.reading_id
),

asked as (
    select
        readings.document_id,
        readings.collection_id,
        readings.unit_code,
        found.issue_no,
        found.issue_key,
        found.check_id,
        coalesce(found.form, '') as form
    from {{ ref('all_issues') }} as found
    inner join {{ source('landing', 'readings') }} as readings on found.reading_id = readings.reading_id
    where found.severity = 'query'
),

-- What explains one query by its number, or all queries of a check in a form.
answered as (
    select
        asked.collection_id,
        asked.unit_code,
        asked.issue_key,
        given.explanation,
        given.received_at,
        given.arrival_no,
        given.issue_no is not null as is_particular
    from given
    inner join asked
        on
            given.explained_document_id = asked.document_id
            and given.collection_id = asked.collection_id
            and given.unit_code = asked.unit_code
            and (
                given.issue_no = asked.issue_no
                or (given.issue_no is null and given.check_id = asked.check_id and coalesce(given.form, '') = asked.form)
            )
)

select
    collection_id,
    unit_code,
    issue_key,
    explanation,
    received_at as explained_at
from answered
qualify
    row_number() over (
        partition by collection_id, unit_code, issue_key
        order by is_particular desc, arrival_no desc, explanation asc
    ) = 1
