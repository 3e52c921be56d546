"""The lake: typed rows and issues as Parquet, written in segments of many documents, and the snapshots that SQL starts from.

    rows/<form>/<segment>.parquet   sheets/ columns/ cells/ issues/ explanations/ <segment>.parquet
    forms, arrivals, unplaced, readings .parquet

A segment is written whole before the ledger knows its readings; a file whose segment the ledger does not know is a leftover of a
crash and is removed. What SQL may use is what `readings.parquet` names.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.checking.cells import CELL_SCHEMA
from ingest.checking.issues import ISSUE_SCHEMA
from ingest.contract import Contract
from ingest.files import private_dir, remove_unfinished, replacing
from ingest.landing.ledger import Arrival, Reading

TIMESTAMP = pa.timestamp("us")
SHEET_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "sheet_no": pa.int32(),
        "sheet": pa.string(),
        "form": pa.string(),
        "is_accepted": pa.bool_(),
        "rows_read": pa.int32(),
        "rows_quarantined": pa.int32(),
    }
)
COLUMN_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "sheet_no": pa.int32(),
        "form": pa.string(),
        "column_name": pa.string(),
        "column_letter": pa.string(),
    }
)
# What a county wrote into column 说明 of a feedback workbook: about one issue, or about all queries of a check (and form).
EXPLANATION_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "explained_document_id": pa.string(),
        "issue_no": pa.string(),
        "check_id": pa.string(),
        "form": pa.string(),
        "explanation": pa.string(),
    }
)
FORM_SCHEMA = pa.schema(
    {
        "form": pa.string(),
        "name_zh": pa.string(),
        "sequence": pa.int32(),
        "kind": pa.string(),
        "suppliers": pa.string(),
        "replacement_scope": pa.string(),
        "covers": pa.string(),
        "due": pa.string(),
        "key": pa.string(),
    }
)
ARRIVAL_SCHEMA = pa.schema(
    {
        "document_id": pa.string(),
        "collection_id": pa.string(),
        "unit_code": pa.string(),
        "path": pa.string(),
        "received_at": TIMESTAMP,
        "size_bytes": pa.int64(),
    }
)
UNPLACED_SCHEMA = pa.schema(
    {"path": pa.string(), "received_at": TIMESTAMP, "document_id": pa.string(), "reason": pa.string()}
)
READING_SCHEMA = pa.schema(
    [
        pa.field("reading_id", pa.int32()),
        *ARRIVAL_SCHEMA,
        pa.field("arrival_no", pa.int32()),
        pa.field("is_readable", pa.bool_()),
        pa.field("reason", pa.string()),
    ]
)
EMPTY_SEGMENT = "empty"
COMPLETE = "sheets"  # the table that is written last, and for every segment
ROW_GROUP_ROWS = 250_000


def segment_name(reading_id: int) -> str:
    """A name never used before for a segment that begins with that reading."""
    return f"{reading_id:09d}-{uuid.uuid4().hex[:8]}"


class Lake:
    """The folder of Parquet files between the reader and SQL; every file appears whole or not at all.

    Several processes may write segments at once; everything else is for who holds the lock of the one writer.
    """

    def __init__(self, folder: Path, contracts: Mapping[str, Contract]):
        self.folder = folder
        self.schemas = {f"rows/{form}": contract.lake_schema for form, contract in contracts.items()}
        self.schemas |= {
            "sheets": SHEET_SCHEMA,
            "columns": COLUMN_SCHEMA,
            "cells": CELL_SCHEMA,
            "issues": ISSUE_SCHEMA,
            "explanations": EXPLANATION_SCHEMA,
        }

    def prepare(self) -> None:
        """Makes the folders, and a file without rows in each that has the present columns."""
        remove_unfinished(private_dir(self.folder))
        for table, schema in self.schemas.items():
            private_dir(self.folder / table)
            empty = self._segment_path(table, EMPTY_SEGMENT)
            if not (empty.exists() and pq.read_schema(empty).equals(schema)):
                self._write(empty, schema.empty_table())

    def _segment_path(self, table: str, segment: str) -> Path:
        return self.folder / table / f"{segment}.parquet"

    def _write(self, path: Path, table: pa.Table) -> None:
        with replacing(path) as temporary:
            pq.write_table(table, temporary, compression="zstd", row_group_size=ROW_GROUP_ROWS)

    def write_segment(self, segment: str, tables: Mapping[str, pa.Table]) -> None:
        """Writes the tables of one segment by their place in the lake; empty ones are left out."""
        for name, table in tables.items():
            if table.num_rows and name != COMPLETE:
                self._write(self._segment_path(name, segment), table)
        self._write(self._segment_path(COMPLETE, segment), tables[COMPLETE])

    def segments(self) -> set[str]:
        """The segments that lie here whole."""
        return {path.stem for path in (self.folder / COMPLETE).glob("*.parquet")} - {EMPTY_SEGMENT}

    def segment_bytes(self) -> Counter[str]:
        """What the files of each segment take."""
        sizes = Counter[str]()
        for name in self.segments():
            paths = (self._segment_path(table, name) for table in self.schemas)
            sizes[name] = sum(path.stat().st_size for path in paths if path.exists())
        return sizes

    def merge_segments(self, name: str, segments: Collection[str], reading_ids: Collection[int]) -> None:
        """Writes the rows of some segments as a new one, `name`: those of these readings, all of the present contracts."""
        self.write_segment(name, {table: self._rows_of(table, segments, reading_ids) for table in self.schemas})

    def _rows_of(self, table: str, segments: Collection[str], reading_ids: Collection[int]) -> pa.Table:
        schema, wanted = self.schemas[table], pa.array(sorted(reading_ids), pa.int32())
        pieces = [schema.empty_table()]
        for path in (self._segment_path(table, segment) for segment in segments):
            if path.exists():
                rows = pq.read_table(path)
                rows = rows.filter(pc.is_in(rows["reading_id"], wanted))
                if rows.num_rows:  # rows of none of them may have the columns of an older contract
                    pieces.append(rows.select(schema.names))
        return pa.concat_tables(pieces)

    def remove_segments_but(self, segments: Iterable[str]) -> None:
        """Removes the files of every other segment: leftovers of a crash, and documents that were read anew."""
        kept = {EMPTY_SEGMENT, *segments}
        for table in self.schemas:
            for path in (self.folder / table).iterdir():
                if path.stem not in kept or path.suffix != ".parquet":
                    path.unlink()

    def write_snapshots(
        self,
        contracts: Mapping[str, Contract],
        arrivals: list[Arrival],
        readings: Mapping[tuple[str, str, str], Reading],
    ) -> None:
        """What arrived and which reading of it is valid, from the ledger."""
        placed = [a for a in arrivals if a.collection_id and a.unit_code]
        unplaced = [a for a in arrivals if not (a.collection_id and a.unit_code)]
        self._write(
            self.folder / "forms.parquet", pa.Table.from_pylist([_form_row(c) for c in contracts.values()], FORM_SCHEMA)
        )
        self._write(
            self.folder / "arrivals.parquet", pa.Table.from_pylist([_arrival_row(a) for a in placed], ARRIVAL_SCHEMA)
        )
        self._write(
            self.folder / "unplaced.parquet", pa.Table.from_pylist([_arrival_row(a) for a in unplaced], UNPLACED_SCHEMA)
        )
        self._write(
            self.folder / "readings.parquet", pa.Table.from_pylist(_reading_rows(placed, readings), READING_SCHEMA)
        )


def _form_row(contract: Contract) -> dict[str, object]:
    row = contract.model_dump(include=set(FORM_SCHEMA.names))
    return row | {name: ";".join(row[name]) for name in ("suppliers", "covers", "key")}


def _arrival_row(arrival: Arrival) -> dict[str, object]:
    return vars(arrival) | {"received_at": arrival.received_at.replace(tzinfo=None)}


def _reading_rows(arrivals: list[Arrival], readings: Mapping[tuple[str, str, str], Reading]) -> list[dict[str, object]]:
    """One row for each document in its collection and unit, at its latest arrival; `arrival_no` is its place in time there."""
    latest = {
        (a.document_id, a.collection_id, a.unit_code): a for a in arrivals
    }  # arrivals come in order of time, then path
    counts: dict[tuple[str | None, str | None], int] = {}
    rows = []
    for key, arrival in sorted(latest.items(), key=lambda item: (item[1].received_at, item[1].path)):
        place = (arrival.collection_id, arrival.unit_code)
        counts[place] = counts.get(place, 0) + 1
        reading = readings[key]  # type: ignore[index]
        rows.append(
            _arrival_row(arrival)
            | {
                "reading_id": reading.reading_id,
                "arrival_no": counts[place],
                "is_readable": reading.is_readable,
                "reason": reading.reason,
            }
        )
    return rows
