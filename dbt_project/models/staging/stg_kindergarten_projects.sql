-- One row a kindergarten building project of a unit in a collection: the rows of 幼儿园建设项目表 that count.
{{
    current_rows('kindergarten_projects', [
        'project_no',
        'kindergarten_name',
        'kind',
        'places_added',
        'commissioned_on'
    ])
}}
