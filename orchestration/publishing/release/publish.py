"""Publishing: the released schemas of the working database become an immutable bundle, and `current` is swapped to it.

Readers open releases and nothing else, so they never wait for a refresh; whatever fails before the swap leaves the last release.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.landing.ledger import Ledger
from ingest.pipeline.run import KEY_FACT
from ingest.reference import load_reference
from ingest.settings import Settings
from ingest.storage.files import make_public, public_dir
from orchestration.publishing.catalogue import Catalogue, load_catalogue, table_of
from orchestration.publishing.manifest import (
    MANIFEST_NAME,
    Manifest,
    ReleasedDocument,
    ReleasedFile,
    file_digest,
    release_of,
)
from orchestration.publishing.release.extras import COMPANIONS, Edition
from orchestration.publishing.release.inputs import current_inputs
from orchestration.publishing.release.revisions import REVISIONS, add_revisions
from orchestration.publishing.release.store import (
    find_release,
    last_sound_release,
    releases_dir,
    remove_old,
    remove_unfinished,
    swap_current,
)
from orchestration.publishing.release.tables import copy_tables, write_parquet
from orchestration.runtime.duckdb_limits import apply_limits

DOCUMENTS = """
select document_id, collection_id, unit_code, path, strftime(received_at, '%Y-%m-%dT%H:%M:%SZ') as received_at
from quality.documents
order by all
"""


def publish(settings: Settings, report: Callable[[str], None] = print) -> Manifest:
    """Makes a release of the working database, with its companions, and swaps `current` to it; of the same inputs none is made.

    Returns the manifest of what is current then. Of older releases goes what retention does not keep.
    """
    inputs, fingerprint = _rests_on(settings)
    if kept := release_of(settings, inputs, fingerprint):
        report(f"没有新内容，不发布新版本；当前版本 {kept.release_id}")
        return kept
    return _publish(settings, settings.warehouse_path, report, republished_from=None)


def republish(settings: Settings, release_id: str, report: Callable[[str], None] = print) -> Manifest:
    """Makes a release of an earlier one's tables, with the revisions that this brings; ReleaseError when there is none.

    It stands until something new arrives: what is in the landing zone now counts as seen.
    """
    database = find_release(settings, release_id) / "warehouse.duckdb"
    return _publish(settings, database, report, republished_from=release_id)


def _publish(
    settings: Settings, database: Path, report: Callable[[str], None], *, republished_from: str | None
) -> Manifest:
    inputs, fingerprint = _rests_on(settings)
    made_at = datetime.now(UTC)
    digest = hashlib.sha256(repr((made_at, inputs)).encode()).hexdigest()[:8]
    release_id = f"{made_at:%Y%m%dT%H%M%S}{made_at.microsecond // 1000:03}Z-{digest}"
    public_dir(settings.published_dir)
    public_dir(releases_dir(settings))
    remove_unfinished(settings)
    staging = releases_dir(settings) / f".{release_id}"
    staging.mkdir()
    catalogue = {**load_catalogue(), (REVISIONS.schema, REVISIONS.name): REVISIONS}
    with duckdb.connect(str(staging / "warehouse.duckdb")) as db:
        apply_limits(db, settings, database)
        copy_tables(db, database, catalogue)
        add_revisions(db, release_id, made_at, last_sound_release(settings))
        documents = [ReleasedDocument.model_validate(row) for row in db.sql(DOCUMENTS).to_arrow_table().to_pylist()]
        rows = _write_parquet_files(db, staging, catalogue)
        edition = Edition(
            db, staging, release_id, made_at, settings.today, catalogue, load_reference(settings.spec_dir)
        )
        for add in COMPANIONS:
            add(edition)
    manifest = Manifest(
        release_id=release_id,
        made_at=made_at.isoformat(timespec="seconds"),
        pseudonym_key_fingerprint=fingerprint,
        inputs=inputs,
        documents=documents,
        files=_files(staging, rows),
        republished_from=republished_from,
    )
    (staging / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    _seal(staging)
    staging.replace(releases_dir(settings) / release_id)
    swap_current(settings, release_id)
    _sync(settings.published_dir)
    remove_old(settings, made_at)
    report(f"已发布 {release_id}")
    return manifest


def _rests_on(settings: Settings) -> tuple[dict[str, str], str]:
    """The inputs as they are now, and the fingerprint of the pseudonym key."""
    with Ledger.of(settings) as ledger:
        return current_inputs(settings, ledger), ledger.fact(KEY_FACT) or ""


def _write_parquet_files(db: duckdb.DuckDBPyConnection, folder: Path, catalogue: Catalogue) -> dict[str, int]:
    """Writes all tables as Parquet; rows by path of the file."""
    rows = {}
    for schema, name in db.sql("select schema_name, table_name from duckdb_tables() order by all").fetchall():
        path = f"parquet/{schema}/{name}.parquet"
        rows[path] = write_parquet(db, table_of(catalogue, schema, name), folder / path)
    return rows


def _files(staging: Path, rows: dict[str, int]) -> list[ReleasedFile]:
    names = sorted(path.relative_to(staging).as_posix() for path in staging.rglob("*") if path.is_file())
    return [ReleasedFile(path=name, sha256=file_digest(staging / name), rows=rows.get(name)) for name in names]


def _seal(folder: Path) -> None:
    """Makes every file read-only for all, and durable, before anyone can see it."""
    make_public(folder)
    for path in sorted(folder.rglob("*"), reverse=True):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
