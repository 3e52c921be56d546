"""From spreadsheets to checked rows: landing zone, archive, reading, checks, pseudonyms and the lake.

Importable without Dagster or dbt. What may depend on what: `orchestration` on `ingest`, never the reverse.
"""
