-- One row a school of a unit in a collection: the rows of 学校规范办学情况表 that count.
{{
    current_rows('school_practice', [
        'school_id',
        'daily_exercise',
        'after_school_care',
        'late_start',
        'inspected',
        'overseas_partner'
    ])
}}
