-- One row a version of a return and the version before it: how many rows, by their key, came, went or changed in any
-- column. Where a key stands twice in a version, one of its rows speaks for it.
with

successions as (
    select
        reading_id,
        previous_reading_id,
        form,
        school_id
    from {{ ref('part_versions') }}
    where previous_reading_id is not null
),

compared as (
    select
        reading_id as version_id,
        previous_reading_id as previous_id,
        form,
        school_id,
        reading_id,
        true as is_now
    from successions

    union all

    select
        reading_id as version_id,
        previous_reading_id as previous_id,
        form,
        school_id,
        previous_reading_id as reading_id,
        false as is_now
    from successions
),

{% for form, about in forms().items() %}
{{ form }}_contents as (
    select
        reading_id,
        '{{ form }}' as form,
        {{ 'school_id' if about.scope == 'school' else 'cast(null as string)' }} as school_id,
        {{ hash_of(about.key) }} as row_key,
        {{ hash_of([all_but(['reading_id', 'sheet_no', 'row_number', 'is_accepted'])]) }} as content
    from {{ source('returns', form) }}
    where
        reading_id in (
            select compared.reading_id
            from compared
            where compared.form = '{{ form }}'
        )
),

{% endfor %}
contents as (
    {% for form in forms() %}
    select * from {{ form }}_contents
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

paired as (
    select
        compared.version_id,
        compared.previous_id,
        compared.form,
        contents.row_key,
        min(contents.content) filter (where compared.is_now) as content_now,
        min(contents.content) filter (where not compared.is_now) as content_before
    from compared
    inner join contents
        on
            compared.reading_id = contents.reading_id
            and compared.form = contents.form
            and compared.school_id is not distinct from contents.school_id
    group by all
)

select
    version_id as reading_id,
    previous_id as previous_reading_id,
    form,
    count(*) filter (where content_before is null) as rows_added,
    count(*) filter (where content_now is null) as rows_removed,
    count(*) filter (where content_now <> content_before) as rows_changed,
    count(*) filter (where content_now = content_before) as rows_same
from paired
group by all
