-- One row a school of a unit in a collection: the rows of 学校网络接入与智慧校园表 that count.
{{
    current_rows('school_connectivity', [
        'school_id',
        'man_connected',
        'bandwidth_mbps',
        'wifi_teaching',
        'wifi_office',
        'wifi_activity',
        'smart_campus',
        'internet_plus'
    ])
}}
