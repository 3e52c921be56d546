"""The ledger: which files were seen, what arrived when, and what was read from it. One small SQLite file, transactional.

It is the memory between runs; several processes may write to it at once, each in short transactions. What a reader produced for
(document, collection, unit, version) is remembered by `reading_id` and lies in the lake; a crash before the commit leaves the ledger
as it was and the next run does the work again. `files` are those known to lie in the landing zone; their `modified_at` holds the
stamp of a file: its modification time, followed by the etag where the landing zone gives one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.errors import LedgerError
from ingest.settings import Settings
from ingest.storage.files import UNFINISHED
from ingest.storage.location import open_storage

SCHEMA = """
create table if not exists files (
    path text not null, size_bytes integer not null, modified_at text not null, document_id text not null,
    primary key (path, size_bytes, modified_at)
);
create table if not exists arrivals (
    path text not null, received_at text not null, document_id text not null, size_bytes integer not null,
    collection_id text, unit_code text, reason text, stated_at text,
    primary key (path, received_at, document_id)
);
create table if not exists readings (
    reading_id integer primary key autoincrement,
    document_id text not null, collection_id text not null, unit_code text not null,
    version text not null, is_readable integer not null, reason text, segment text not null, forms text not null,
    unique (document_id, collection_id, unit_code)
);
create table if not exists set_aside (
    document_id text not null, unit_code text not null, reason text not null, primary key (document_id, unit_code)
);
create table if not exists untaken (path text primary key, reason text not null, seen_at text not null);
create table if not exists facts (name text primary key, value text not null);
"""
EVERY_UNIT = ""  # stands for the unit of a document that is set aside wherever it arrived
RESTORED_FACT = "restored_at"
ARRIVAL_COLUMNS = "path, received_at, document_id, size_bytes, collection_id, unit_code, reason, stated_at"
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True)
class Arrival:
    """One file or zip member as it arrived; `reason` says why it belongs to no collection and unit.

    `stated_at` is its modification time where that lay ahead of the moment in which it was first seen, which then counts.
    """

    path: str
    received_at: datetime
    document_id: str
    size_bytes: int
    collection_id: str | None
    unit_code: str | None
    reason: str | None = None
    stated_at: datetime | None = None


@dataclass(frozen=True)
class Untaken:
    """What lies in the landing zone, or should, and was not taken in, and why (Chinese)."""

    path: str
    reason: str


@dataclass(frozen=True)
class SetAside:
    """Why documents were set aside by hand, by document and unit, or EVERY_UNIT."""

    reasons: Mapping[tuple[str, str], str]

    def reason(self, place: tuple[str, str, str]) -> str | None:
        """Why a document counts for nothing in a collection and unit; None when it does count."""
        document_id, _, unit_code = place
        return self.reasons.get((document_id, unit_code)) or self.reasons.get((document_id, EVERY_UNIT))


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
    """Opens (and makes) the ledger; use as a context manager, a clean exit commits.

    LedgerError, one sentence, when the file is damaged, full, or may not be written.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._db = sqlite3.connect(path, timeout=60)
            self._db.executescript(SCHEMA)
            self._add_stated_at()
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error
        path.chmod(0o600)

    @classmethod
    def of(cls, settings: Settings) -> Ledger:
        """The ledger of the data folder; LedgerError when it was lost: an archive would pass for a city that sent nothing."""
        ledger = cls(settings.ledger_path)
        if ledger._knows_nothing() and (remains := _remains(settings, ledger.fact(RESTORED_FACT), ledger.is_new)):
            ledger._db.close()
            raise LedgerError(
                f"台账 {settings.ledger_path} 是空的，旁边却有{'、'.join(remains)}（the ledger is empty beside what it should know）。"
                "请恢复它的备份，或运行 make restore-ledger，由归档和最近一次发布重建。"
            )
        return ledger

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if kind is None:
            self._db.commit()
        self._db.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise self._trouble(error) from error

    def _trouble(self, error: sqlite3.DatabaseError) -> LedgerError:
        if getattr(error, "sqlite_errorcode", None) in DAMAGED:
            return LedgerError(
                f"台账 {self.path} 已损坏（the ledger is damaged: {error}）。请恢复 ledger.sqlite 的备份，或运行 make restore-ledger。"
            )
        return LedgerError(f"台账 {self.path} 无法使用（the ledger cannot be used: {error}）。请检查磁盘空间和权限。")

    def _add_stated_at(self) -> None:
        """A ledger of an earlier version has no such column."""
        missing = "select 1 where not exists (select 1 from pragma_table_info('arrivals') where name = 'stated_at')"
        if self._db.execute(missing).fetchone():
            with self.standing_still():
                if self._db.execute(missing).fetchone():  # another process may have come first
                    self._db.execute("alter table arrivals add column stated_at text")

    @property
    def is_new(self) -> bool:
        """Whether no refresh ever used it: the first thing that one does is to write down the fingerprint of the key."""
        return self._db.execute("select 1 from facts").fetchone() is None

    def _knows_nothing(self) -> bool:
        return self._db.execute("select 1 from files union all select 1 from arrivals limit 1").fetchone() is None

    def commit(self) -> None:
        """Makes durable what was written since the last commit."""
        self._db.commit()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Nobody else writes meanwhile; what is written is committed together."""
        self._db.commit()
        with self._db:
            self._db.execute("begin immediate")
            yield

    # -- files and arrivals
    def known_paths(self) -> set[str]:
        """Every path under which a file is known to lie in the landing zone."""
        return {path for (path,) in self._db.execute("select distinct path from files")}

    def known_files(self) -> set[tuple[str, int, str]]:
        """The key (path, bytes, stamp) of every file of the landing zone that was archived before."""
        return set(self._db.execute("select path, size_bytes, modified_at from files"))

    def add_file(self, path: str, size_bytes: int, stamp: str, document_id: str) -> None:
        """Notes that a file of the landing zone, as it was then (bytes, stamp), holds this document; a known one stays as it is."""
        self._db.execute("insert or ignore into files values (?, ?, ?, ?)", (path, size_bytes, stamp, document_id))

    def forget_files(self, paths: Iterable[str]) -> None:
        """They lie in the landing zone no more; what arrived stays."""
        self._db.executemany("delete from files where path = ?", [(path,) for path in paths])

    def add_arrival(self, arrival: Arrival) -> None:
        """Notes that a document arrived; an arrival that is known stays as it is."""
        self._db.execute(
            f"insert or ignore into arrivals ({ARRIVAL_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                arrival.path,
                arrival.received_at.isoformat(),
                arrival.document_id,
                arrival.size_bytes,
                arrival.collection_id,
                arrival.unit_code,
                arrival.reason,
                arrival.stated_at.isoformat() if arrival.stated_at else None,
            ),
        )

    def is_known_ahead(self, arrival: Arrival) -> bool:
        """Whether an arrival that states a time ahead is known from an earlier look, in which another moment was the present one."""
        stated = arrival.stated_at and arrival.stated_at.isoformat()
        known = self._db.execute(
            "select 1 from arrivals where path = ? and document_id = ? and stated_at = ?",
            (arrival.path, arrival.document_id, stated),
        )
        return known.fetchone() is not None

    def arrivals(self) -> list[Arrival]:
        """Every arrival, in order of time, then path; of two in the same second the one that was found later comes later."""
        rows = self._db.execute(f"select {ARRIVAL_COLUMNS} from arrivals order by received_at, path, rowid")
        return [_arrival(*row) for row in rows]

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

    def forget_rejected(self, document_id: str) -> None:
        """A document that was rejected will be read again."""
        self._db.execute("delete from readings where document_id = ? and not is_readable", (document_id,))

    # -- documents set aside by hand
    def set_aside(self, document_id: str, unit_code: str, reason: str) -> None:
        """From now on the document counts for nothing in that unit, or in EVERY_UNIT."""
        self._db.execute("insert or replace into set_aside values (?, ?, ?)", (document_id, unit_code, reason))

    def take_back(self, document_id: str) -> None:
        """The document counts again, in all units."""
        self._db.execute("delete from set_aside where document_id = ?", (document_id,))

    def all_set_aside(self) -> SetAside:
        """Which documents were set aside, and why."""
        rows = self._db.execute("select document_id, unit_code, reason from set_aside order by 1, 2")
        return SetAside({(document_id, unit_code): reason for document_id, unit_code, reason in rows})

    # -- what was not taken in
    def replace_untaken(self, untaken: Mapping[Untaken, datetime]) -> None:
        """What the last look at the whole landing zone could not take in, with the time in which it was first seen so."""
        self._db.execute("delete from untaken")
        rows = [(each.path, each.reason, seen_at.isoformat()) for each, seen_at in untaken.items()]
        self._db.executemany("insert or replace into untaken values (?, ?, ?)", rows)

    def untaken(self) -> dict[Untaken, datetime]:
        """What was not taken in at the last look, with the time in which it was first seen so."""
        rows = self._db.execute("select path, reason, seen_at from untaken order by path")
        return {Untaken(path, reason): datetime.fromisoformat(seen_at) for path, reason, seen_at in rows}

    # -- small facts, such as the fingerprint of the pseudonym key
    def fact(self, name: str) -> str | None:
        """The value that was last set under a name; None when there was none."""
        row = self._db.execute("select value from facts where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        """Puts a value under a name, in place of the one before."""
        self._db.execute("insert or replace into facts values (?, ?)", (name, value))


def _arrival(
    path: str,
    received_at: str,
    document_id: str,
    size_bytes: int,
    collection_id: str | None,
    unit_code: str | None,
    reason: str | None,
    stated_at: str | None,
) -> Arrival:
    received, stated = datetime.fromisoformat(received_at), datetime.fromisoformat(stated_at) if stated_at else None
    return Arrival(path, received, document_id, size_bytes, collection_id, unit_code, reason, stated)


def _reading(row: tuple[int, str, str, str, str, int, str | None, str, str]) -> Reading:
    reading_id, document_id, collection_id, unit_code, version, is_readable, reason, segment, forms = row
    held = tuple(filter(None, forms.split(";")))
    return Reading(reading_id, document_id, collection_id, unit_code, version, bool(is_readable), reason, segment, held)


def _remains(settings: Settings, restored_at: str | None, is_new: bool) -> list[str]:
    """What lies beside a ledger that knows nothing, though nothing was ever lost without one.

    A refresh that was killed while it archived its first documents leaves some, and a ledger with facts.
    """
    archive, lake = (
        any(not name.startswith(UNFINISHED) for name in open_storage(location, settings.copies_dir).names())
        for location in (settings.archive_location, settings.lake_location)
    )
    released = any(settings.published_dir.glob("releases/[0-9]*"))
    if restored_at or not (is_new or (archive and released)):
        return []
    found = {"归档（archive）": archive, "数据湖（lake）": lake, "发布版本（releases）": released}
    return [name for name, is_there in found.items() if is_there]
