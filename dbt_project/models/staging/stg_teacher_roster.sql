-- One row a teacher of a unit in a collection: the rows of 教师名册 that count.
{{
    current_rows('teacher_roster', [
        'teacher_id',
        'school_id',
        'post',
        'stage_taught',
        'subject',
        'degree',
        'establishment',
        'backbone',
        'dual_qualified',
        'course_kind',
        'overseas_study'
    ])
}}
