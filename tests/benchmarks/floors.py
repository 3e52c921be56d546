"""What the work costs at the very least: the same documents unzipped, read bare, and the same SQL on bare DuckDB.

Each is a command, so that it is measured like everything else: `python -m tests.benchmarks.floors NAME FOLDER`, with a name of
`COMMANDS`.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import fastexcel
import pyarrow as pa
import pyarrow.csv as pa_csv

from ingest.landing.ignored import is_ignored

THREADS = 2
DUCKDB: dict[str, str | bool | int | float | list[str]] = {
    "threads": THREADS,
    "preserve_insertion_order": False,
    "memory_limit": os.environ.get("EDU_MEMORY_LIMIT", "4GB"),
}
PLACE = ("reading_id", "sheet_no", "row_number", "is_accepted")
WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")


def documents(landing: Path) -> Iterator[Path]:
    """Every file of a landing zone that is a document."""
    return (path for path in landing.rglob("*") if path.is_file() and not is_ignored(str(path.relative_to(landing))))


def unzip(landing: Path) -> None:
    """Unpacks every workbook that is a zip, in one thread."""
    for path in filter(zipfile.is_zipfile, documents(landing)):
        with zipfile.ZipFile(path) as bundle:
            for name in bundle.namelist():
                bundle.read(name)


def read(landing: Path) -> None:
    """Every cell of every document to Arrow, in as many threads as the project has processes; nothing is done with them."""
    with ThreadPoolExecutor(THREADS) as pool:
        print(sum(pool.map(_rows_read, documents(landing))), "rows")


def _rows_read(path: Path) -> int:
    data = path.read_bytes()
    with suppress(fastexcel.FastExcelError, pa.ArrowInvalid):
        return _workbook_rows(data) if data.startswith(WORKBOOKS) else _delimited_rows(data, path.suffix)
    return 0


def _workbook_rows(data: bytes) -> int:
    workbook = fastexcel.read_excel(data)
    sheets = (workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string") for name in workbook.sheet_names)
    return sum(sheet.to_arrow().num_rows for sheet in sheets)


def _delimited_rows(data: bytes, suffix: str) -> int:
    try:
        data.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "gb18030"
    rows: int = pa_csv.read_csv(
        io.BytesIO(data),
        pa_csv.ReadOptions(encoding=encoding, use_threads=False),
        pa_csv.ParseOptions(
            delimiter="\t" if suffix == ".tsv" else ",",
            newlines_in_values=True,
            invalid_row_handler=lambda _: "skip",
        ),
    ).num_rows
    return rows


def list_after_importing_dagster(landing: Path) -> None:
    """What is asked of a refresh that finds nothing new: Dagster's import and a look at the landing zone."""
    import dagster  # noqa: F401

    from ingest.landing.listing import LandingZone

    print(len(LandingZone(str(landing)).list().files), "files")


def sql(data: Path) -> None:
    """All models of the last dbt build of a data folder, as dbt compiled them, into a database of their own."""
    _build(data, lambda _: True)


def facts(data: Path) -> None:
    """The same of facts and metrics alone, with all that they rest on."""
    _build(data, lambda node: node["schema"] in ("marts", "metrics"))


def _build(data: Path, is_wanted: Callable[[dict[str, Any]], bool]) -> None:
    nodes = _manifest(data)["nodes"]
    parents = {name: nodes.keys() & node["depends_on"].get("nodes", ()) for name, node in nodes.items()}
    wanted = {name for name, node in nodes.items() if node["resource_type"] == "model" and is_wanted(node)}
    while missing := {parent for name in wanted for parent in parents[name]} - wanted:
        wanted |= missing
    with (
        tempfile.TemporaryDirectory(dir=data / "work") as folder,
        duckdb.connect(str(Path(folder, "warehouse.duckdb")), config=DUCKDB) as db,  # the name stands in the SQL
    ):
        db.execute("set enable_progress_bar = false")
        db.execute(f"attach '{data / 'work' / 'warehouse.duckdb'}' as built (read_only)")
        for name in TopologicalSorter({name: parents[name] for name in wanted}).static_order():
            _make(db, nodes[name])


def _make(db: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> None:
    relation, kind = f"{node['schema']}.{node['alias']}", node["config"]["materialized"]
    db.execute(f"create schema if not exists {node['schema']}")
    if kind == "seed":
        db.execute(f"create table {relation} as from built.{relation}")
    else:
        db.execute(f"create {kind} {relation} as {node['compiled_code']}")


def _manifest(data: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((data / "work" / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def scan(data: Path) -> None:
    """Every value that facts and metrics need of the person rows in the lake of a data folder, looked at once."""
    nodes = _manifest(data)["nodes"]
    with duckdb.connect(config=DUCKDB) as db:
        db.execute("set enable_progress_bar = false")
        for form in ("student_roster", "teacher_roster"):
            rows = f"read_parquet('{data / 'lake' / 'rows' / form / '*.parquet'}', union_by_name = true)"
            there = {name for name, *_ in db.execute(f"describe from {rows}").fetchall()}
            needed = (there & nodes[f"model.edu.stg_{form}"]["columns"].keys()) | {*PLACE}
            db.execute(f"select {', '.join(f'max({name})' for name in sorted(needed))} from {rows}").fetchall()


COMMANDS: dict[str, Callable[[Path], None]] = {
    "unzip": unzip,
    "read": read,
    "sql": sql,
    "facts": facts,
    "scan": scan,
    "list": list_after_importing_dagster,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](Path(sys.argv[2]))
