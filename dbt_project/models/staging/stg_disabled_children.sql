-- One row a stage of a unit in a collection: the rows of 残疾儿童少年入学情况表 that count.
{{
    current_rows('disabled_children', [
        'stage',
        'population',
        'enrolled'
    ])
}}
