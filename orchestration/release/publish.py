"""Publishing: the released schemas of the working database become an immutable bundle, and `current` is swapped to it.

Readers open releases and nothing else, so they never wait for a refresh; whatever fails before the swap leaves the last release.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from ingest.landing.ledger import Ledger
from ingest.run import KEY_FACT
from ingest.settings import Settings
from orchestration.release.catalogue import Table, load_catalogue
from orchestration.release.inputs import current_inputs
from orchestration.release.manifest import (
    MANIFEST_NAME,
    Manifest,
    ReleasedDocument,
    ReleasedFile,
    current_release,
    read_manifest,
)
from orchestration.release.revisions import REVISIONS, add_revisions
from orchestration.release.tables import copy_tables, write_parquet

KEPT_RELEASES = 10
DOCUMENTS = """
select document_id, collection_id, unit_code, path, strftime(received_at, '%Y-%m-%dT%H:%M:%SZ') as received_at
from quality.documents
order by all
"""


def publish(settings: Settings, report: Callable[[str], None] = print) -> Manifest:
    """Makes a release of the working database and swaps `current` to it; of older ones the last ten stay, and young ones."""
    with Ledger(settings.ledger_path) as ledger:
        inputs = current_inputs(settings, ledger)
        fingerprint = ledger.fact(KEY_FACT) or ""
    made_at = datetime.now(UTC)
    digest = hashlib.sha256(repr((made_at, inputs)).encode()).hexdigest()[:8]
    release_id = f"{made_at:%Y%m%dT%H%M%SZ}-{digest}"
    releases = settings.published_dir / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    _remove_unfinished(releases)
    staging = releases / f".{release_id}"
    staging.mkdir()
    documents, files = _write_tables(settings, staging, release_id)
    manifest = Manifest(
        release_id=release_id,
        made_at=made_at.isoformat(timespec="seconds"),
        pseudonym_key_fingerprint=fingerprint,
        inputs=inputs,
        documents=documents,
        files=files,
    )
    (staging / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    _seal(staging)
    staging.replace(releases / release_id)
    _swap_current(settings.published_dir, release_id)
    _remove_old(releases, release_id, made_at - timedelta(days=settings.keep_releases_days))
    report(f"已发布 {release_id}")
    return manifest


def _remove_unfinished(releases: Path) -> None:
    """What a killed run left behind; nothing of it was ever visible to a reader."""
    for leftover in releases.glob(".*"):
        shutil.rmtree(leftover)


def _write_tables(
    settings: Settings, staging: Path, release_id: str
) -> tuple[list[ReleasedDocument], list[ReleasedFile]]:
    """Copies the released schemas into a fresh database and Parquet; returns the documents behind them and the files made."""
    catalogue = {**load_catalogue(), (REVISIONS.schema, REVISIONS.name): REVISIONS}
    previous = current_release(settings)
    rows: dict[str, int] = {}
    with duckdb.connect(str(staging / "warehouse.duckdb")) as db:
        copy_tables(db, settings.warehouse_path, catalogue)
        add_revisions(db, release_id, previous, read_manifest(previous) if previous else None)
        documents = [ReleasedDocument.model_validate(row) for row in db.sql(DOCUMENTS).to_arrow_table().to_pylist()]
        for schema, name in db.sql("select schema_name, table_name from duckdb_tables() order by all").fetchall():
            path = f"parquet/{schema}/{name}.parquet"
            rows[path] = write_parquet(db, catalogue.get((schema, name)) or Table(schema, name, "", {}), staging / path)
        db.execute("checkpoint")
    files = [
        ReleasedFile(path=path, sha256=_sha256(staging / path), rows=rows.get(path))
        for path in ["warehouse.duckdb", *sorted(rows)]
    ]
    return documents, files


def _sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _seal(folder: Path) -> None:
    """Makes every file read-only and durable before anyone can see it."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(0o444)
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap_current(published: Path, release_id: str) -> None:
    temporary = published / ".current"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path("releases") / release_id)
    temporary.replace(published / "current")
    _sync(published)


def _remove_old(releases: Path, current: str, kept_since: datetime) -> None:
    """Keeps the last releases and those made since a time; a reader that has a removed one open keeps it until it closes it."""
    others = sorted(path for path in releases.iterdir() if path.name != current)[: -KEPT_RELEASES + 1]
    for path in others:
        if path.name < f"{kept_since:%Y%m%dT%H%M%SZ}":  # a release is named by the second it was made in
            shutil.rmtree(path)
