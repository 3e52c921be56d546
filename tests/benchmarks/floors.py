"""What the work costs at the very least: the same documents unzipped, read bare, and the same SQL on bare DuckDB.

Each is a command, so that it is measured like everything else: `python -m tests.benchmarks.floors unzip|read|sql|list FOLDER`.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
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

from ingest.landing.listing import is_ignored

THREADS = 2
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
    return pa_csv.read_csv(
        io.BytesIO(data),
        pa_csv.ReadOptions(encoding=encoding, use_threads=False),
        pa_csv.ParseOptions(
            delimiter="\t" if suffix == ".tsv" else ",",
            newlines_in_values=True,
            invalid_row_handler=lambda row: "skip",
        ),
    ).num_rows


def list_after_importing_dagster(landing: Path) -> None:
    """What is asked of a refresh that finds nothing new: Dagster's import and a look at the landing zone."""
    import dagster  # noqa: F401

    from ingest.landing.listing import LandingZone

    print(len(LandingZone(str(landing)).list()), "files")


def sql(data: Path) -> None:
    """All models of the last refresh of a data folder again, as dbt compiled them, on a copy of the working database."""
    manifest = json.loads((data / "work" / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    models = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    order = TopologicalSorter({name: set(node["depends_on"]["nodes"]) & models.keys() for name, node in models.items()})
    copy = data / "work" / "floor" / "warehouse.duckdb"
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(data / "work" / "warehouse.duckdb", copy)
    with duckdb.connect(str(copy), config={"threads": THREADS, "preserve_insertion_order": False}) as db:
        for name in order.static_order():
            _build(db, models[name])
    shutil.rmtree(copy.parent)


def _build(db: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> None:
    kind = node["config"]["materialized"]
    db.execute(f"create or replace {kind} {node['schema']}.{node['alias']} as {node['compiled_code']}")


COMMANDS: dict[str, Callable[[Path], None]] = {
    "unzip": unzip,
    "read": read,
    "sql": sql,
    "list": list_after_importing_dagster,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](Path(sys.argv[2]))
