-- One row an institution of a unit in a collection: the rows of 成人（社区）学校与老年大学名单 that count.
{{
    current_rows('community_schools', [
        'institution_no',
        'institution_name',
        'kind',
        'township',
        'province_modernised'
    ])
}}
