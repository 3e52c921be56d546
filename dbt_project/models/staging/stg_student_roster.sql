-- One row a pupil of a unit in a collection: the rows of 学生名册 that count.
{{
    current_rows('student_roster', [
        'student_id',
        'sex',
        'school_id',
        'grade',
        'class_name',
        'class_name_key',
        'disability',
        'fitness_grade'
    ])
}}
