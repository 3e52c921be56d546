"""Growth: cities of ten times as many pupils through the real reader, and lakes of any size through the SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.settings import load_settings
from orchestration.runtime.duckdb_limits import MEMORY_LIMIT, lake_bytes, limits_for
from tests.benchmarks import city
from tests.benchmarks.growth_lake import make_lake
from tests.benchmarks.measure import Taken, measure, python


@dataclass(frozen=True)
class Grown:
    """What a lake of so many pupils costs: the whole of dbt, facts and metrics on bare DuckDB, and a scan of what they need.

    `limit` is what DuckDB may hold, such as 300MB.
    """

    pupils: int
    limit: str
    build: Taken
    facts: Taken
    scan: Taken


def cities(folder: Path, scales: Sequence[float], collection: str) -> Iterator[tuple[float, int, Taken]]:
    """Scale, rows and what a first refresh took, for a messy city of each scale; a million pupils at scale 1."""
    for scale in scales:
        landing = city.lay_down(folder / f"city-{scale:g}", scale, collection, "messy")
        with city.data_folder() as data:
            taken = city.refreshed(landing, data)
            yield scale, city.rows_read(data), taken


def lakes(folder: Path, sizes: Sequence[int]) -> Iterator[Grown]:
    """Lakes of each size, made once and kept; DuckDB may use as much memory as in a refresh, and spills the rest to disk."""
    for pupils in sizes:
        data = lake_of(folder, pupils)
        limit = lake_limits(data)
        build = city.dbt_build(data, data / "work", limit)
        facts, scan = (
            measure(python("-m", "tests.benchmarks.floors", name, data), limit) for name in ("facts", "scan")
        )
        yield Grown(pupils, limit[MEMORY_LIMIT], build, facts, scan)


def lake_limits(data: Path) -> dict[str, str]:
    """What DuckDB may hold and spill when a refresh computes the lake of a data folder, as its environment says it."""
    settings = load_settings({"EDU_DATA_DIR": str(data)})
    return limits_for(settings, lake_bytes(settings))


def lake_of(folder: Path, pupils: int) -> Path:
    """A data folder with a lake of so many pupils, made once and kept."""
    data = folder / f"lake-{pupils}"
    if not (data / "lake" / "readings.parquet").exists():
        make_lake(data / "lake", pupils)
    (data / "work").mkdir(exist_ok=True)
    return data
