"""A city and next to nothing: the refresh by stages, its fixed cost, a run with nothing new, and one roster corrected."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb

from ingest.settings import DBT_DIR
from orchestration.assets.warehouse import BUILD
from tests.benchmarks.measure import REFRESH, TODAY, Taken, environment_of, measure, medians, python

DBT = Path(sys.executable).with_name("dbt")
ROSTER = "学生名册"
FEEDBACK = "desk__feedback"
STEPS = {
    "landing__documents": "documents: list to lake",
    "warehouse": "dbt",
    "release__warehouse": "release",
    "desk__board": "board",
    FEEDBACK: "feedback workbooks",
}


@dataclass(frozen=True)
class Stage:
    """A part of a refresh beside the least that it could cost."""

    name: str
    taken_s: float
    cpu_s: float | None = None
    peak_mb: float | None = None
    rows: int | None = None
    floor: str = ""
    floor_s: float | None = None


@contextmanager
def data_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder, "data")


def lay_down(folder: Path, scale: float, collections: str | None, messiness: str) -> Path:
    """A sample landing zone, made once and kept."""
    if not folder.exists():
        only = ["--collections", collections] if collections else []
        command = python("-m", "ingest.sample", "--out", folder, "--scale", str(scale), "--messiness", messiness, *only)
        measure(command, {})
    return folder


def floor(name: str, folder: Path, runs: int = 1) -> Taken:
    return medians([measure(python("-m", "tests.benchmarks.floors", name, folder), {}) for _ in range(runs)])


def refreshed(landing: Path, data: Path, *arguments: str) -> Taken:
    return measure([*REFRESH, *arguments], environment_of(landing, data))


def dbt_build(data: Path, work: Path, more: Mapping[str, str] | None = None) -> Taken:
    """`dbt build` of the same project on the lake of a data folder; `more` is added to its environment."""
    environment = {
        "EDU_TODAY": TODAY,
        "EDU_LAKE_DIR": str(data / "lake"),
        "EDU_WAREHOUSE_PATH": str(work / "warehouse.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **(more or {}),
    }
    folders: list[str | Path] = ["--project-dir", DBT_DIR, "--profiles-dir", DBT_DIR]
    outputs: list[str | Path] = ["--target-path", work / "dbt_target", "--log-path", work]
    return measure([DBT, *BUILD, *folders, *outputs], environment)


def fixed_cost(tiny: Path, runs: int) -> tuple[Taken, Taken, Taken, Taken]:
    """Refresh and bare `dbt build`, in turns: both from nothing, then both with the project parsed before."""
    cold, warm, cold_dbt, warm_dbt = [], [], [], []
    for _ in range(runs):
        with data_folder() as data, tempfile.TemporaryDirectory() as work:
            cold.append(refreshed(tiny, data))
            cold_dbt.append(dbt_build(data, Path(work)))
            warm.append(refreshed(tiny, data, "--everything"))
            warm_dbt.append(dbt_build(data, Path(work)))
    return medians(cold), medians(cold_dbt), medians(warm), medians(warm_dbt)


def nothing_new(landing: Path, data: Path, runs: int) -> tuple[Taken, Taken]:
    """A refresh of what was refreshed before, and what is owed at the least."""
    pairs = [(refreshed(landing, data), floor("list", landing)) for _ in range(runs)]
    return medians([ours for ours, _ in pairs]), medians([least for _, least in pairs])


def corrected(landing: Path, data: Path, collection: str) -> Taken:
    """One county sends a roster of a collection again, with its rows in another order."""
    roster = next(path for path in sorted((landing / collection).rglob("*.csv")) if ROSTER in path.name)
    with tempfile.TemporaryDirectory(dir=landing.parent) as folder:
        zone = Path(folder, "landing")
        shutil.copytree(landing, zone, copy_function=os.link)
        lines = roster.read_bytes().splitlines(keepends=True)
        (zone / roster.relative_to(landing)).with_stem("更正").write_bytes(b"".join(lines[:-2]))
        return refreshed(zone, data)


def steps_s(data: Path) -> dict[str, float]:
    """Seconds of each step of the last run, from Dagster's own record."""
    with dg.DagsterInstance.from_config(str(data / "dagster")) as instance:
        (run,) = instance.get_runs(limit=1)
        stats = instance.get_run_step_stats(run.run_id)
    return {each.step_key: each.end_time - each.start_time for each in stats if each.start_time and each.end_time}


def rows_read(data: Path) -> int:
    """Rows of all documents that the last release rests on."""
    with duckdb.connect(str(data / "published" / "current" / "warehouse.duckdb"), read_only=True) as db:
        (rows,) = db.execute("select cast(sum(rows_read) as bigint) from quality.documents").fetchone() or (0,)
    return int(rows or 0)


def stages(landing: Path, data: Path, whole: Taken) -> list[Stage]:
    """The parts of the refresh that filled `data`, beside floors from the same run."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "stages.json")
        measure(python("-m", "tests.benchmarks.ingest_stages", told), environment_of(landing, Path(folder, "data")))
        alone = json.loads(told.read_text())
    rows, took = alone["rows"], steps_s(data)
    reading, sql = floor("read", landing), floor("sql", data)
    unzipping = floor("unzip", landing)
    floors = {
        "documents: list to lake": ("bare reader, 2 threads", reading.wall_s),
        "dbt": ("the same SQL on bare DuckDB", sql.wall_s),
        "read": ("bare reader, CPU", reading.cpu_s),
        "whole": ("bare reader, 2 threads", reading.wall_s),
    }
    steps = [Stage(label, took[step], None, None, rows, *floors.get(label, ())) for step, label in STEPS.items()]
    parts = [
        Stage(f"· {name}, one process", each["wall_s"], each["cpu_s"], each["peak_mb"], rows, *floors.get(name, ()))
        for name, each in alone["stages"].items()
    ]
    return [
        Stage("the whole refresh", whole.wall_s, whole.cpu_s, whole.tree_mb, rows, *floors["whole"]),
        steps[0],
        *parts,
        Stage("· unzipping alone, one thread", unzipping.wall_s, unzipping.cpu_s, unzipping.tree_mb, rows),
        *steps[1:],
    ]
