"""What DuckDB may hold in memory, of what the machine has, and where it puts the rest."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from ingest.files import private_dir
from ingest.settings import Settings
from ingest.storage import open_storage
from orchestration.release.literals import sql_text

MEMORY_LIMIT, SCRATCH_LIMIT = "EDU_MEMORY_LIMIT", "EDU_SCRATCH_LIMIT"
SCRATCH_LIMIT_DEFAULT = "100GB"
BYTES_PER_MB = 10**6
PROCESSOR_MEMORY_MB = 150
LAKE_SHARE = 0.5
MACHINE_SHARE_MAX = 0.6
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # bytes, or "max"


def limits(settings: Settings) -> dict[str, str]:
    """The limits by environment variable, as DuckDB writes them (300MB): what somebody set, else what suits lake and machine."""
    return {
        MEMORY_LIMIT: os.environ.get(MEMORY_LIMIT) or f"{memory_limit_mb(_lake_bytes(settings))}MB",
        SCRATCH_LIMIT: os.environ.get(SCRATCH_LIMIT) or SCRATCH_LIMIT_DEFAULT,
    }


def bound(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Keeps a connection to the limits; for who holds the lock of the one writer.

    It spills to the working folder, because a release is sealed. Not as the configuration it is opened with: DuckDB 1.5.5 does
    not heed a `max_temp_directory_size` that stands there.
    """
    limit = limits(settings)
    bounds = {
        "memory_limit": limit[MEMORY_LIMIT],
        "temp_directory": private_dir(settings.work_dir) / "scratch",
        "max_temp_directory_size": limit[SCRATCH_LIMIT],
    }
    for name, value in bounds.items():
        db.execute(f"set {name} = {sql_text(value)}")


def _lake_bytes(settings: Settings) -> int:
    return sum(open_storage(settings.lake_location, settings.copies_dir).sizes().values())


def memory_limit_mb(lake_bytes: int) -> int:
    """What DuckDB may hold, of which it fills all with blocks that it could as well read again: half the lake, if the machine has it.

    It works on something with each processor: of a lake of 100 MB, 16 ran out of 300 MB, and 2 out of 150 MB. What it groups, such
    as the numbers of all pupils, grows with the lake and is spilled: a hundred million pupils, 2 GB of lake, ran out of 300 MB and
    not of 600. In doublings, because dbt parses the whole project anew when the limit changes.
    """
    limit_mb = PROCESSOR_MEMORY_MB * len(os.sched_getaffinity(0))
    while limit_mb * BYTES_PER_MB < LAKE_SHARE * lake_bytes:
        limit_mb *= 2
    return min(limit_mb, memory_limit_max_mb())


def memory_limit_max_mb() -> int:
    """What DuckDB may hold at most: 60 % of the machine's memory, or of what a container may have of it."""
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CONTAINER_LIMIT.read_text().strip() if CONTAINER_LIMIT.exists() else "max"
    memory_bytes = machine_bytes if limit == "max" else min(machine_bytes, int(limit))
    return int(MACHINE_SHARE_MAX * memory_bytes / BYTES_PER_MB)
