-- One row an institution in a collection: the rows of 高校留学生情况表 that count.
{{
    current_rows('overseas_students', [
        'institution_name',
        'long_term',
        'short_term'
    ])
}}
