"""Pools: how many runs of a kind may go on at a time."""

import os

WRITER_POOL = "warehouse_writer"
"""The one writer of working database and releases, and of lake and ledger as a whole (limit 1)."""

READER_POOL = "returns_readers"
"""Readers of partitions of the landing zone, each with files of its own; limited only for the sake of the machine they run on."""

POOL_LIMITS = {WRITER_POOL: 1, READER_POOL: os.cpu_count() or 1}
"""What a new instance begins with; `dagster instance concurrency set <pool> <limit>` changes it."""
