"""The lake: typed rows and issues as Parquet, written in segments of many documents, and the snapshots that SQL starts from.

    rows/<form>/<segment>.parquet   sheets/ columns/ cells/ issues/ explanations/ <segment>.parquet
    forms, arrivals, unplaced, readings .parquet

A segment is written whole before the ledger knows its readings; a file whose segment the ledger does not know is a leftover of a
crash and is removed. What SQL may use is what `readings.parquet` names.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.contracts.contract import Contract
from ingest.lake.schemas import (
    ARRIVAL_SCHEMA,
    CELL_SCHEMA,
    COLUMN_SCHEMA,
    EXPLANATION_SCHEMA,
    FILLED_SCHEMA,
    FORM_SCHEMA,
    ISSUE_SCHEMA,
    READING_SCHEMA,
    SHEET_SCHEMA,
    UNPLACED_SCHEMA,
)
from ingest.landing.ledger import Arrival, Reading, SetAside, Untaken
from ingest.settings import Settings
from ingest.storage.base import Storage
from ingest.storage.location import open_storage
from ingest.values.parse import mask_digits

EMPTY_SEGMENT = "empty"
SUFFIX = ".parquet"
COMPLETE = "sheets"  # the table that is written last, and for every segment
ROW_GROUP_ROWS = 250_000
COMPRESSION = "zstd"


def segment_schemas(contracts: Mapping[str, Contract]) -> dict[str, pa.Schema]:
    """The columns of every table of a segment, by its place in the lake."""
    rows = {f"rows/{form}": contract.lake_schema for form, contract in contracts.items()}
    return rows | {
        "sheets": SHEET_SCHEMA,
        "columns": COLUMN_SCHEMA,
        "filled": FILLED_SCHEMA,
        "cells": CELL_SCHEMA,
        "issues": ISSUE_SCHEMA,
        "explanations": EXPLANATION_SCHEMA,
    }


def form_table(contracts: Mapping[str, Contract]) -> pa.Table:
    """What SQL knows of the forms, a row each."""
    return pa.Table.from_pylist([_form_row(contract) for contract in contracts.values()], FORM_SCHEMA)


def segment_name(reading_id: int) -> str:
    """A name never used before for a segment that begins with that reading."""
    return f"{reading_id:09d}-{uuid.uuid4().hex[:8]}"


class GrowingSegment:
    """Takes pieces of a segment's tables one after another."""

    def __init__(self, new_writer: Callable[[str], pq.ParquetWriter]):
        self.open = cache(new_writer)

    def append(self, tables: Mapping[str, pa.Table]) -> None:
        """Writes rows of tables by their place in the lake; a table without any gets no file."""
        for table, rows in tables.items():
            if rows.num_rows:
                self.open(table).write_table(rows, ROW_GROUP_ROWS)


class Lake:
    """The Parquet files between the reader and SQL; every file appears whole or not at all.

    Several processes may write segments at once, and snapshots while the ledger does not change. Remove files only while holding the
    writer lock.
    """

    def __init__(self, storage: Storage, contracts: Mapping[str, Contract]):
        self.storage = storage
        self.schemas = segment_schemas(contracts)

    @classmethod
    def of(cls, settings: Settings, contracts: Mapping[str, Contract]) -> Lake:
        """The lake where the settings say: a folder, or objects behind a URL."""
        return cls(open_storage(settings.lake_location, settings.copies_dir), contracts)

    def prepare(self) -> None:
        """Makes for every table a file without rows that has the present columns."""
        present = set(self.storage.names())
        for table, schema in self.schemas.items():
            empty = _name(table, EMPTY_SEGMENT)
            found = self._schema(empty) if empty in present else None
            if found is None or not found.equals(schema):
                self._write(empty, schema.empty_table())

    def _schema(self, name: str) -> pa.Schema | None:
        """The columns of a file; None when it is none that can be opened."""
        with self.storage.local(name) as path:
            try:
                return pq.read_schema(path)
            except (pa.ArrowException, OSError):
                return None

    def _write(self, name: str, table: pa.Table) -> None:
        with self.storage.replacing(name) as temporary:
            pq.write_table(table, temporary, compression=COMPRESSION, row_group_size=ROW_GROUP_ROWS)

    def write_segment(self, segment: str, tables: Mapping[str, pa.Table]) -> None:
        """Writes the tables of one segment by their place in the lake; empty ones are left out."""
        with self.growing_segment(segment) as growing:
            growing.append(tables)

    @contextmanager
    def growing_segment(self, segment: str) -> Iterator[GrowingSegment]:
        """A segment that is written piece by piece; it lies here whole once the context ends well."""
        with ExitStack() as files:
            growing = GrowingSegment(lambda table: files.enter_context(self._writer(table, segment)))
            growing.open(COMPLETE)  # opened first, it is there last
            yield growing

    @contextmanager
    def _writer(self, table: str, segment: str) -> Iterator[pq.ParquetWriter]:
        with (
            self.storage.replacing(_name(table, segment)) as temporary,
            pq.ParquetWriter(temporary, self.schemas[table], compression=COMPRESSION) as writer,
        ):
            yield writer

    def segments(self) -> set[str]:
        """The segments that lie here whole; where opening a file costs no download, every file of theirs opens."""
        files = [name for name in self.storage.names() if name.endswith(SUFFIX) and "/" in name]
        complete = {_segment(name) for name in files if name.startswith(f"{COMPLETE}/")} - {EMPTY_SEGMENT}
        if not self.storage.is_local:
            return complete
        return complete - {_segment(name) for name in files if self._schema(name) is None}

    def segment_bytes(self) -> Counter[str]:
        """What the files of each segment take."""
        sizes = Counter[str]()
        for name, size_bytes in self.storage.sizes().items():
            table, _, file = name.rpartition("/")
            if table in self.schemas:
                sizes[file.removesuffix(SUFFIX)] += size_bytes
        return sizes

    def merge_segments(self, merged: str, segments: Collection[str], reading_ids: Collection[int]) -> None:
        """Writes the rows of some segments as a new one: those of these readings, all under the present contracts."""
        files = set(self.storage.names())
        there = {table: [name for each in segments if (name := _name(table, each)) in files] for table in self.schemas}
        self.write_segment(merged, {table: self._rows_of(table, names, reading_ids) for table, names in there.items()})

    def _rows_of(self, table: str, names: Iterable[str], reading_ids: Collection[int]) -> pa.Table:
        schema, wanted = self.schemas[table], pa.array(sorted(reading_ids), pa.int32())
        pieces = [schema.empty_table()]
        for name in names:
            with self.storage.local(name) as path:
                rows = pq.read_table(path)
            rows = rows.filter(pc.is_in(rows["reading_id"], wanted))
            if rows.num_rows:  # rows of none of them may have the columns of an older contract
                pieces.append(rows.select(schema.names))
        return pa.concat_tables(pieces)

    def remove_segments_but(self, segments: Iterable[str]) -> None:
        """Removes the files of every other segment: leftovers of a crash, and documents that were read again."""
        self.storage.remove_unfinished()
        kept = {f"{segment}{SUFFIX}" for segment in (EMPTY_SEGMENT, *segments)}
        tables = ((name, *name.rpartition("/")) for name in self.storage.names())
        self.storage.remove(name for name, table, _, file in tables if table in self.schemas and file not in kept)

    def write_snapshots(
        self,
        contracts: Mapping[str, Contract],
        arrivals: list[Arrival],
        readings: Mapping[tuple[str, str, str], Reading],
        untaken: Mapping[Untaken, datetime],
        set_aside: SetAside,
    ) -> None:
        """What arrived, which reading of it is valid, and what could not be taken in, from the ledger."""
        placed = [a for a in arrivals if a.collection_id and a.unit_code]
        unplaced = [_arrival_row(a) for a in arrivals if not (a.collection_id and a.unit_code)]
        unplaced += [
            vars(each) | {"path": mask_digits(each.path), "received_at": seen_at.replace(tzinfo=None)}
            for each, seen_at in untaken.items()
        ]
        self._write("forms.parquet", form_table(contracts))
        self._write("arrivals.parquet", pa.Table.from_pylist([_arrival_row(a) for a in placed], ARRIVAL_SCHEMA))
        self._write("unplaced.parquet", pa.Table.from_pylist(unplaced, UNPLACED_SCHEMA))
        self._write(
            "readings.parquet", pa.Table.from_pylist(_reading_rows(placed, readings, set_aside), READING_SCHEMA)
        )


def _name(table: str, segment: str) -> str:
    return f"{table}/{segment}{SUFFIX}"


def _segment(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(SUFFIX)


def _form_row(contract: Contract) -> dict[str, object]:
    row = contract.model_dump(include=set(FORM_SCHEMA.names))
    return row | {name: ";".join(row[name]) for name in ("suppliers", "covers", "key")}


def _arrival_row(arrival: Arrival) -> dict[str, object]:
    stated_at = arrival.stated_at and arrival.stated_at.replace(tzinfo=None)
    received_at = arrival.received_at.replace(tzinfo=None)
    return vars(arrival) | {"path": mask_digits(arrival.path), "received_at": received_at, "stated_at": stated_at}


def _reading_rows(
    arrivals: list[Arrival], readings: Mapping[tuple[str, str, str], Reading], set_aside: SetAside
) -> list[dict[str, object]]:
    """One row for each document in its collection and unit, at its latest arrival; `arrival_no` is its place in time there.

    A document that was set aside stands there rejected, under a number to which nothing belongs that was read from it.
    """
    latest = {
        (a.document_id, a.collection_id, a.unit_code): a for a in arrivals
    }  # arrivals come in order of time, then path
    counts = Counter[tuple[str | None, str | None]]()
    rows = []
    for key, arrival in sorted(latest.items(), key=lambda item: (item[1].received_at, item[1].path)):
        place = (arrival.collection_id, arrival.unit_code)
        counts[place] += 1
        reading = readings[key]  # type: ignore[index]
        why_aside = set_aside.reason(key)  # type: ignore[arg-type]
        rows.append(
            _arrival_row(arrival)
            | {
                "reading_id": -reading.reading_id if why_aside else reading.reading_id,
                "arrival_no": counts[place],
                "is_readable": reading.is_readable and not why_aside,
                "reason": why_aside or reading.reason,
                "is_set_aside": bool(why_aside),
            }
        )
    return rows
