"""What DuckDB may hold in memory, of what the machine has, and where it puts the rest."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from ingest.settings import Settings
from ingest.storage.files import private_dir
from ingest.storage.location import open_storage
from orchestration.runtime.sql import sql_text

MEMORY_LIMIT, SCRATCH_LIMIT = "EDU_MEMORY_LIMIT", "EDU_SCRATCH_LIMIT"
BYTES_PER_MB = 10**6
PROCESSOR_MEMORY_MB = 150
READ_SHARE = 0.5
MACHINE_SHARE_MAX = 0.6
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # bytes, or "max"


def limits_for(settings: Settings, read_bytes: int) -> dict[str, str]:
    """The limits by environment variable, as DuckDB writes them (300MB): what somebody set, else what suits data and machine."""
    return {
        MEMORY_LIMIT: settings.memory_limit or f"{memory_limit_mb(read_bytes)}MB",
        SCRATCH_LIMIT: settings.scratch_limit,
    }


def apply_limits(db: duckdb.DuckDBPyConnection, settings: Settings, database: Path) -> None:
    """Keeps a connection that reads `database` to the limits. Call only while holding the writer lock.

    It spills to the working folder, because a release is sealed. Not as the configuration it is opened with: DuckDB 1.5.5 does
    not heed a `max_temp_directory_size` that stands there.
    """
    limit = limits_for(settings, database.stat().st_size)
    bounds = {
        "memory_limit": limit[MEMORY_LIMIT],
        "temp_directory": private_dir(settings.work_dir) / "scratch",
        "max_temp_directory_size": limit[SCRATCH_LIMIT],
    }
    for name, value in bounds.items():
        db.execute(f"set {name} = {sql_text(value)}")


def lake_bytes(settings: Settings) -> int:
    """The size of all files of the lake, wherever it lies."""
    return sum(open_storage(settings.lake_location, settings.copies_dir).sizes().values())


def memory_limit_mb(read_bytes: int) -> int:
    """What DuckDB may hold, of which it fills all with blocks that it could as well read again: half of what it reads (compressed).

    It works on something with each processor: of a lake of 100 MB, 16 ran out of 300 MB, and 2 out of 150 MB. What it groups, such
    as the numbers of all pupils, grows with the lake and is spilled: a hundred million pupils, 2 GB of lake, ran out of 300 MB and
    not of 600. In doublings, because dbt parses the whole project again when the limit changes.
    """
    limit_mb = PROCESSOR_MEMORY_MB * len(os.sched_getaffinity(0))
    while limit_mb * BYTES_PER_MB < READ_SHARE * read_bytes:
        limit_mb *= 2
    return min(limit_mb, memory_limit_max_mb())


def memory_limit_max_mb() -> int:
    """What DuckDB may hold at most: 60 % of the machine's memory, or of what a container may have of it."""
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CONTAINER_LIMIT.read_text().strip() if CONTAINER_LIMIT.exists() else "max"
    memory_bytes = machine_bytes if limit == "max" else min(machine_bytes, int(limit))
    return int(MACHINE_SHARE_MAX * memory_bytes / BYTES_PER_MB)
