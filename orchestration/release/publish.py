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
from orchestration.release.inputs import current_inputs
from orchestration.release.literals import sql_text
from orchestration.release.manifest import (
    MANIFEST_NAME,
    Manifest,
    ReleasedDocument,
    ReleasedFile,
    current_release,
    read_manifest,
)
from orchestration.release.revisions import add_revisions

RELEASED_SCHEMAS = ("marts", "metrics", "quality")
KEPT_RELEASES = 10
DOCUMENTS = """
select document_id, collection_id, unit_code, path, strftime(received_at, '%Y-%m-%dT%H:%M:%SZ') as received_at
from work.quality.documents
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
    rows: dict[str, int] = {}
    with duckdb.connect(str(staging / "warehouse.duckdb")) as db:
        db.execute(f"attach {sql_text(settings.warehouse_path)} as work (read_only)")
        for schema, table in _released_tables(db):
            _copy_table(db, schema, table)
        previous = current_release(settings)
        add_revisions(db, release_id, previous, read_manifest(previous) if previous else None)
        documents = [ReleasedDocument.model_validate(row) for row in db.sql(DOCUMENTS).to_arrow_table().to_pylist()]
        db.execute("detach work")
        for schema, table in db.sql("select schema_name, table_name from duckdb_tables() order by all").fetchall():
            rows[f"parquet/{schema}/{table}.parquet"] = _write_parquet(db, staging, schema, table)
        db.execute("checkpoint")
    files = [
        ReleasedFile(path=path, sha256=_sha256(staging / path), rows=rows.get(path))
        for path in ["warehouse.duckdb", *sorted(rows)]
    ]
    return documents, files


def _released_tables(db: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return db.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'work' and list_contains(?, schema_name) order by all",
        [list(RELEASED_SCHEMAS)],
    ).fetchall()


def _copy_table(db: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
    """A table with its rows in order of its columns, and with its comments."""
    name = f'"{schema}"."{table}"'
    db.execute(f'create schema if not exists "{schema}"')
    db.execute(f"create table {name} as select * from work.{name} order by all")
    comments = db.execute(
        "select null, comment from duckdb_tables() where database_name = 'work' and schema_name = $1 and table_name = $2 "
        "union all select column_name, comment from duckdb_columns() where database_name = 'work' and schema_name = $1 and table_name = $2",
        [schema, table],
    ).fetchall()
    for column, comment in comments:
        if comment:
            target = f'column {name}."{column}"' if column else f"table {name}"
            db.execute(f"comment on {target} is {sql_text(comment)}")


def _write_parquet(db: duckdb.DuckDBPyConnection, staging: Path, schema: str, table: str) -> int:
    path = staging / "parquet" / schema / f"{table}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    db.execute(f'copy "{schema}"."{table}" to {sql_text(path)} (format parquet, compression zstd)')
    row = db.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
    return int(row[0]) if row else 0


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
