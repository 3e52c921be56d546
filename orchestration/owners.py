"""Who answers for what: the owners that Dagster shows. The dbt models name theirs in `dbt_project.yml`."""

DATA_ENGINEERING = "team:data-engineering"
RETURNS_DESK = "team:returns-desk"
