-- One row a metric, collection, unit and school (where it is counted by school): 智慧教育引领工程.
with

schools as (
    {{ open_schools({'fct_broadband_connectivity': ['smart_campus', 'is_gigabit', 'is_wifi_covered']}) }}
)

{{ share_of_schools('smart_campus_share', 'compulsory_to_vocational', 'smart_campus') }}

union all

{{ share_of_schools('gigabit_schools', 'all_but_kindergartens', 'is_gigabit') }}

union all

{{ share_of_schools('wifi_schools', 'all_but_kindergartens', 'is_wifi_covered') }}
