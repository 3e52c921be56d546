"""`make restore-ledger`: rebuilds a lost ledger from the archive and from the arrivals that the last release names.

What was read is not known to it, so that the next refresh reads the archive again and publishes the same. Documents that arrived
after that release are taken in again from the landing zone, where they still lie there.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import duckdb

from ingest.checking.pseudonyms import Pseudonymiser, load_key
from ingest.errors import KeyMismatchError, LedgerError, PipelineError, ReleaseError, StorageError
from ingest.landing.archive import Archive
from ingest.landing.ledger import RESTORED_FACT, Arrival, Ledger, Untaken
from ingest.pipeline.run import KEY_FACT
from ingest.settings import Settings, load_settings
from ingest.stopping import stop_at_once
from ingest.storage.files import replacing
from orchestration.publishing.manifest import read_manifest
from orchestration.publishing.release.store import last_sound_release
from orchestration.runtime.locks import writing

# Of two versions in the same second at the same path, the later one comes later. Releases of earlier versions lack a column.
ARRIVALS = """
select path, received_at, document_id, collection_id, unit_code, null as reason, stated_at
from (from quality.arrivals union all by name select null::timestamp as stated_at where false)
left join (
    select document_id, collection_id, unit_code, max(version_no) as version_no from quality.document_versions group by all
) using (document_id, collection_id, unit_code)
order by received_at, path, version_no
"""
UNPLACED = """
select path, received_at, document_id, null as collection_id, null as unit_code, reason, null as stated_at
from quality.unplaced
where document_id is not null
"""
UNTAKEN = "select path, reason, received_at from quality.unplaced where document_id is null"
SET_ASIDE = """
select document_id, unit_code, reason
from (from quality.documents union all by name select false as is_set_aside where false)
where is_set_aside
"""
DAMAGED_SUFFIX = ".damaged"
JOURNALS = ("-journal", "-wal", "-shm")


@dataclass(frozen=True)
class Known:
    """What a release knows that belongs into a ledger; set aside are (document, unit, reason)."""

    arrivals: list[Arrival]
    untaken: dict[Untaken, datetime]
    set_aside: list[tuple[str, str, str]]


def restore_ledger(settings: Settings) -> str:
    """Rebuilds the ledger and reports what it knows. Call only while holding the writer lock.

    LedgerError when the ledger is not lost, ReleaseError when there is no release to make it from, KeyMismatchError when the release
    was made under another key, StorageError when the archive does not hold what the release names.
    """
    _refuse_if_known(settings)
    release = last_sound_release(settings)
    if release is None:
        raise ReleaseError(
            f"{settings.published_dir} 中没有可用的发布版本，台账无法重建（no release to make the ledger from）。"
            "请恢复 ledger.sqlite 的备份。"
        )
    fingerprint = _check_key(settings, release)
    sizes = {name.rpartition("/")[2]: size for name, size in Archive.of(settings).storage.sizes().items()}
    known = _known(release, sizes)
    _write(settings.ledger_path, known, fingerprint)
    unnamed = len(sizes.keys() - {arrival.document_id for arrival in known.arrivals})
    return (
        f"已由 {release.name} 和归档重建台账（ledger restored）：{len(known.arrivals)} 次到达。归档中另有 {unnamed} 份没有到达记录"
        "（压缩包本身，或此后才到达的；仍在报送区的会重新收取）。下一步：make refresh。"
    )


def _refuse_if_known(settings: Settings) -> None:
    """A ledger that knows arrivals is not to be replaced; one that is no database is put aside."""
    path = settings.ledger_path
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as db:
            tables = {name for (name,) in db.execute("select name from sqlite_master")}
            known = db.execute("select count(*) from arrivals").fetchone()[0] if "arrivals" in tables else 0
    except sqlite3.DatabaseError:
        path.replace(path.with_name(path.name + DAMAGED_SUFFIX))
        return
    if known:
        raise LedgerError(f"台账 {path} 记有 {known} 次到达，无需重建（the ledger is there）。若要替换，请先将其移走。")


def _check_key(settings: Settings, release: Path) -> str:
    """The fingerprint of the present key, which must be the release's."""
    fingerprint = Pseudonymiser(load_key(settings.pseudonym_key, settings.data_dir)).fingerprint
    released = read_manifest(release).pseudonym_key_fingerprint
    if released != fingerprint:
        raise KeyMismatchError(
            f"EDU_PSEUDONYM_KEY is not the key that {release.name} was made with (fingerprint {fingerprint}, the release "
            f"has {released}). Set that key again."
        )
    return fingerprint


def _known(release: Path, sizes: Mapping[str, int]) -> Known:
    """What the release names; StorageError when a document of it is not in the archive, whose bytes are `sizes`."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        arrivals = [_arrival(row, sizes) for row in db.sql(ARRIVALS).fetchall() + db.sql(UNPLACED).fetchall()]
        untaken = {Untaken(path, reason): _utc(seen_at) for path, reason, seen_at in db.sql(UNTAKEN).fetchall()}
        set_aside = db.sql(SET_ASIDE).fetchall()
    if lacking := sorted({arrival.document_id for arrival in arrivals} - sizes.keys()):
        raise StorageError(
            f"归档中缺少 {len(lacking)} 份文件（the archive lacks documents that {release.name} names），例如 {lacking[0]}。"
            "请先恢复 archive/ 的备份。"
        )
    return Known(arrivals, untaken, set_aside)


def _arrival(row: tuple[Any, ...], sizes: Mapping[str, int]) -> Arrival:
    path, received_at, document_id, collection_id, unit_code, reason, stated_at = row
    stated, size_bytes = stated_at and _utc(stated_at), sizes.get(document_id, 0)
    return Arrival(path, _utc(received_at), document_id, size_bytes, collection_id, unit_code, reason, stated)


def _write(path: Path, known: Known, fingerprint: str) -> None:
    """Puts a new ledger in place, whole at once, without the journals of the lost one: SQLite would take them for its own."""
    for journal in JOURNALS:
        path.with_name(path.name + journal).unlink(missing_ok=True)
    with replacing(path) as unfinished, Ledger(unfinished) as ledger:
        for arrival in known.arrivals:
            ledger.add_arrival(arrival)
        for document in known.set_aside:
            ledger.set_aside(*document)
        ledger.replace_untaken(known.untaken)
        ledger.set_fact(KEY_FACT, fingerprint)
        ledger.set_fact(RESTORED_FACT, datetime.now(UTC).isoformat())


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)


def main() -> int:
    """The command; 0 when the ledger was rebuilt."""
    try:
        settings = load_settings()
        with writing(settings):
            print(restore_ledger(settings))
    except PipelineError as error:
        print(f"未重建台账（not restored）：{error}", file=sys.stderr)
        return 1
    return 0


def command() -> NoReturn:
    """As a program: it stops at once when told to, and ends with the status."""
    stop_at_once()
    sys.exit(main())


if __name__ == "__main__":
    command()
