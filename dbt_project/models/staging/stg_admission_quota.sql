-- One row a senior school of a unit in a collection: the rows of 优质高中招生指标分配表 that count.
{{
    current_rows('admission_quota', [
        'school_id',
        'planned',
        'quota'
    ])
}}
