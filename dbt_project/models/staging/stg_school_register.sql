-- One row a school of a unit in a collection: the rows of 学校名录 that count.
{{
    current_rows('school_register', [
        'school_id',
        'school_name',
        'township',
        'township_key',
        'urban_rural',
        'school_type',
        'ownership',
        'inclusive',
        'community_no',
        'community_type',
        'status',
        'founded_on'
    ])
}}
