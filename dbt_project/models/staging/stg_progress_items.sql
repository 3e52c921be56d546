-- One row a task of a unit in a collection: the rows of 重点任务进展表 that count.
{{
    current_rows('progress_items', [
        'item',
        'item_name',
        'status',
        'numerator',
        'denominator',
        'completed_on',
        'evidence'
    ])
}}
