-- One row a school of a unit in a collection: its network and what runs on it.
select
    collection_id,
    unit_code,
    school_id,
    man_connected,
    bandwidth_mbps,
    coalesce(man_connected and bandwidth_mbps >= 1000, false) as is_gigabit,
    wifi_teaching,
    wifi_office,
    wifi_activity,
    coalesce(wifi_teaching and wifi_office and wifi_activity, false) as is_wifi_covered,
    smart_campus,
    internet_plus,
    document_id
from {{ ref('stg_school_connectivity') }}
