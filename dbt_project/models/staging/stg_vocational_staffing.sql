-- One row an institution in a collection: the rows of 职业院校教师编制与自主聘用表 that count.
{{
    current_rows('vocational_staffing', [
        'institution_name',
        'staff_total',
        'self_recruited'
    ])
}}
