"""The manifest of a release: what it rests on, and the digest and rows of every file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.errors import ReleaseError
from ingest.settings import Settings

MANIFEST_NAME = "manifest.json"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReleasedFile(_Frozen):
    """A file of a release by its path in it, with its SHA-256 in hex, and its rows where it is a table."""

    path: str
    sha256: str
    rows: int | None = None


class ReleasedDocument(_Frozen):
    """A document that a release rests on, at its latest arrival."""

    document_id: str
    collection_id: str
    unit_code: str
    path: str
    received_at: str


class Manifest(_Frozen):
    """`inputs` are the digests that say whether anything is new; `made_at` is in UTC; a republished one names its original."""

    release_id: str
    made_at: str
    pseudonym_key_fingerprint: str
    inputs: dict[str, str]
    documents: list[ReleasedDocument]
    files: list[ReleasedFile]
    republished_from: str | None = None


def current_release(settings: Settings) -> Path | None:
    """The folder that `current` points to; None before the first release."""
    link = settings.published_dir / "current"
    return link.resolve() if link.exists() else None


def existing_release(settings: Settings) -> Path:
    """The folder that `current` points to; ReleaseError before the first release."""
    release = current_release(settings)
    if release is None:
        raise ReleaseError(
            f"还没有发布（there is no release under {settings.published_dir} yet）。请先运行 make refresh。"
        )
    return release


def release_of(settings: Settings, inputs: dict[str, str], fingerprint: str) -> Manifest | None:
    """The manifest of the current release, where it is sound and rests on these inputs and this pseudonym key."""
    release = current_release(settings)
    manifest = read_manifest(release) if release and is_sound(release) else None
    is_of_them = manifest and (manifest.inputs, manifest.pseudonym_key_fingerprint) == (inputs, fingerprint)
    return manifest if is_of_them else None


def read_manifest(release: Path) -> Manifest:
    """What a release says of itself; ReleaseError when it is missing or damaged."""
    try:
        return Manifest.model_validate_json((release / MANIFEST_NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise ReleaseError(f"{release / MANIFEST_NAME} 缺失或已损坏（the manifest is missing or damaged）。") from error


def is_sound(release: Path) -> bool:
    """Whether a release looks as it was published: it says what it holds, all of it is there, and its database opens.

    Not every byte is read; `python -m orchestration.publishing.release verify` does that.
    """
    try:
        manifest = read_manifest(release)
        with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
            db.execute("select count(*) from quality.documents").fetchone()
    except (ReleaseError, duckdb.Error):
        return False
    return all((release / file.path).is_file() for file in manifest.files)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
