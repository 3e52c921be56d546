-- One row a recognition (category, name, level, area) in a collection: the rows of 创建与认定名单 that count.
{{
    current_rows('recognitions', [
        'recognition_no',
        'category',
        'name',
        'name_key',
        'level',
        'unit_code as area_unit_code',
        'school_id',
        'document_no',
        'recognised_on',
        'revoked_on'
    ])
}}
