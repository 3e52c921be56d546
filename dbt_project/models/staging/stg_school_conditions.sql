-- One row a school of a unit in a collection: the rows of 学校办学条件表 that count.
{{
    current_rows('school_conditions', [
        'school_id',
        'teaching_area',
        'sports_area',
        'equipment_value',
        'multimedia_rooms',
        'expenditure',
        'building_standard',
        'equipment_standard',
        'standardised'
    ])
}}
