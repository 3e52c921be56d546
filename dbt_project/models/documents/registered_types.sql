-- One row a school in the rows of 学校名录 that count: the type that other forms are held against.
{{ config(materialized="view") }}

{{ current_rows('school_register', ['school_id', 'school_type'], faults='register_faults') }}
