-- One row a vocational graduate of a unit in a collection: the rows of 中职毕业生去向名册 that count.
{{
    current_rows('vocational_graduates', [
        'student_id',
        'school_id',
        'destination'
    ])
}}
