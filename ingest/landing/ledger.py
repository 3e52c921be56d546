"""The ledger: which files were seen, what arrived when, and what was read from it. One small SQLite file, transactional.

It is the memory between runs; several processes may write to it at once, each in short transactions. What a reader produced for
(document, collection, unit, version) is remembered by `reading_id` and lies in the lake; a crash before the commit leaves the ledger
as it was and the next run does the work again. `files.modified_at` holds the stamp of a file: its modification time, followed by the
etag where the landing zone gives one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SCHEMA = """
create table if not exists files (
    path text not null, size_bytes integer not null, modified_at text not null, document_id text not null,
    primary key (path, size_bytes, modified_at)
);
create table if not exists arrivals (
    path text not null, received_at text not null, document_id text not null, size_bytes integer not null,
    collection_id text, unit_code text, reason text,
    primary key (path, received_at, document_id)
);
create table if not exists readings (
    reading_id integer primary key autoincrement,
    document_id text not null, collection_id text not null, unit_code text not null,
    version text not null, is_readable integer not null, reason text, segment text not null, forms text not null,
    unique (document_id, collection_id, unit_code)
);
create table if not exists facts (name text primary key, value text not null);
"""


@dataclass(frozen=True)
class Arrival:
    """One file or zip member as it arrived; `reason` says why it belongs to no collection and unit, or could not be opened."""

    path: str
    received_at: datetime
    document_id: str
    size_bytes: int
    collection_id: str | None
    unit_code: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Reading:
    """What became of one document in one collection and unit; its rows lie in the lake's `segment`."""

    reading_id: int
    document_id: str
    collection_id: str
    unit_code: str
    version: str
    is_readable: bool
    reason: str | None
    segment: str
    forms: tuple[str, ...]


class Ledger:
    """Opens (and makes) the ledger; use as a context manager, a clean exit commits."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=60)
        self._db.executescript(SCHEMA)
        path.chmod(0o600)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._db.commit()
        self._db.close()

    def commit(self) -> None:
        self._db.commit()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Nobody else writes meanwhile; what is written is committed together."""
        self._db.commit()
        with self._db:
            self._db.execute("begin immediate")
            yield

    # -- files and arrivals
    def known_files(self) -> set[tuple[str, int, str]]:
        """The key (path, bytes, stamp) of every file of the landing zone that was archived before."""
        return set(self._db.execute("select path, size_bytes, modified_at from files"))

    def add_file(self, path: str, size_bytes: int, stamp: str, document_id: str) -> None:
        self._db.execute("insert or ignore into files values (?, ?, ?, ?)", (path, size_bytes, stamp, document_id))

    def add_arrival(self, arrival: Arrival) -> None:
        self._db.execute(
            "insert or ignore into arrivals values (?, ?, ?, ?, ?, ?, ?)",
            (
                arrival.path,
                arrival.received_at.isoformat(),
                arrival.document_id,
                arrival.size_bytes,
                arrival.collection_id,
                arrival.unit_code,
                arrival.reason,
            ),
        )

    def arrivals(self) -> list[Arrival]:
        """Every arrival, in order of time, then path; of two in the same second the one that was found later comes later."""
        rows = self._db.execute(
            "select path, received_at, document_id, size_bytes, collection_id, unit_code, reason from arrivals "
            "order by received_at, path, rowid"
        )
        return [Arrival(r[0], datetime.fromisoformat(r[1]), *r[2:]) for r in rows]

    def places(self) -> dict[tuple[str, str, str], int]:
        """Document, collection and unit of every arrival that has a place, in order of arrival, with the document's bytes."""
        return {
            (a.document_id, a.collection_id, a.unit_code): a.size_bytes
            for a in self.arrivals()
            if a.collection_id and a.unit_code
        }

    # -- readings
    def readings(self) -> dict[tuple[str, str, str], Reading]:
        """The valid reading of every document, by (document, collection, unit)."""
        rows = self._db.execute(
            "select reading_id, document_id, collection_id, unit_code, version, is_readable, reason, segment, forms from readings"
        )
        return {(r[1], r[2], r[3]): _reading(r) for r in rows}

    def reserve_reading_ids(self, count: int) -> int:
        """The first of so many ids in a row that no other process gets."""
        with self.standing_still():
            row = self._db.execute("select seq from sqlite_sequence where name = 'readings'").fetchone()
            last = row[0] if row else 0
            self._db.execute("delete from sqlite_sequence where name = 'readings'")
            self._db.execute("insert into sqlite_sequence values ('readings', ?)", (last + count,))
        return last + 1

    def add_readings(self, readings: Iterable[Reading]) -> None:
        """Remembers readings; an earlier one of the same document, collection and unit is forgotten."""
        self._db.executemany(
            "insert or replace into readings values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    r.reading_id,
                    r.document_id,
                    r.collection_id,
                    r.unit_code,
                    r.version,
                    r.is_readable,
                    r.reason,
                    r.segment,
                    ";".join(r.forms),
                )
                for r in readings
            ],
        )

    def move_readings(self, segments: Iterable[str], to: str) -> None:
        """Their rows lie in segment `to` now."""
        self._db.executemany(
            "update readings set segment = ? where segment = ?", [(to, segment) for segment in segments]
        )

    def forget_readings(self) -> None:
        """Every document will be read again, under ids never used before (a new pseudonym key asks for it)."""
        self._db.execute("delete from readings")

    # -- small facts, such as the fingerprint of the pseudonym key
    def fact(self, name: str) -> str | None:
        row = self._db.execute("select value from facts where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        self._db.execute("insert or replace into facts values (?, ?)", (name, value))


def _reading(row: tuple[int, str, str, str, str, int, str | None, str, str]) -> Reading:
    reading_id, document_id, collection_id, unit_code, version, is_readable, reason, segment, forms = row
    held = tuple(filter(None, forms.split(";")))
    return Reading(reading_id, document_id, collection_id, unit_code, version, bool(is_readable), reason, segment, held)
