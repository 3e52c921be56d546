"""Pools: what may not run twice at a time."""

WRITER_POOL = "warehouse_writer"
"""The one writer of ledger, lake, working database and releases (limit 1, dagster.yaml)."""
