-- One row a year of a unit in a collection: the rows of 教师待遇情况表 that count.
{{
    current_rows('pay', [
        'year',
        'teacher_pay',
        'civil_servant_pay',
        'kindergarten_contract_pay',
        'social_average_pay'
    ])
}}
