-- One row a row of a school register that repeats a school of the unit: what is checked before schools have a type.
{{ duplicate_rows('school_register') }}
