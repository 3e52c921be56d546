"""Readers of `published/current`, as BI tools and analysts read it: `python -m tests.integration.readers KIND PUBLISHED THREADS`.

They read in loops until their input ends, then print what each saw. A reader asks for values and documents; of a numbered
city both tell the release's number, so a reader that met two releases at once would see two numbers.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.integration.numbered import VALUES

QUERY = """
select min(value), max(value), count(*), max(documents.n)
from metrics.metric_values, (select count(*) as n from quality.documents) as documents
"""
Seen = tuple[float, float, int, int]


def with_duckdb(current: Path) -> Seen:
    with duckdb.connect(str(current / "warehouse.duckdb"), read_only=True) as db:
        row = db.sql(QUERY).fetchone()
    assert row
    return row


def with_sqlalchemy(current: Path) -> Seen:
    engine = create_engine(
        f"duckdb:///{current}/warehouse.duckdb", connect_args={"read_only": True}, poolclass=NullPool
    )
    with engine.connect() as connection:
        row: Any = connection.execute(text(QUERY)).one()
    engine.dispose()
    return row[0], row[1], row[2], row[3]


def with_pandas(current: Path) -> Seen:
    release = current.resolve()  # once: files that belong together
    values = pd.read_parquet(release / "parquet" / "metrics" / "metric_values.parquet").value
    documents = pd.read_parquet(release / "parquet" / "quality" / "documents.parquet")
    return values.min(), values.max(), len(values), len(documents)


def with_pyarrow(current: Path) -> Seen:
    release = current.resolve()
    values = pq.read_table(release / "parquet" / "metrics" / "metric_values.parquet", memory_map=True)["value"]
    documents = pq.read_table(release / "parquet" / "quality" / "documents.parquet", memory_map=True)
    numbers = values.to_pylist()
    return min(numbers), max(numbers), len(numbers), documents.num_rows


KINDS: dict[str, Callable[[Path], Seen]] = {
    "duckdb": with_duckdb,
    "sqlalchemy": with_sqlalchemy,
    "pandas": with_pandas,
    "pyarrow": with_pyarrow,
}


def open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def main(kind: str, published: str, threads: int) -> None:
    """Reads until standard input ends; prints numbers seen by each reader, errors, and open handles early and late."""
    current, stop, errors = Path(published) / "current", threading.Event(), []
    seen: list[list[int]] = [[] for _ in range(threads)]

    def read(own: list[int]) -> None:
        try:
            while not stop.is_set():
                least, most, values, documents = KINDS[kind](current)
                if (least, values, documents) != (most, VALUES, least):
                    raise AssertionError(f"torn: {least} {most} {values} {documents}")
                own.append(int(least))
        except Exception as error:
            errors.append(repr(error))

    KINDS[kind](current)
    readers = [threading.Thread(target=read, args=[own]) for own in seen]
    for reader in readers:
        reader.start()
    print("reading", flush=True)
    sys.stdin.readline()
    early = open_handles()
    sys.stdin.read()
    late = open_handles()
    stop.set()
    for reader in readers:
        reader.join()
    print(json.dumps({"seen": seen, "errors": errors, "early": early, "late": late, "after": open_handles()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
