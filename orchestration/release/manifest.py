"""The manifest of a release: what it rests on, and the digest and rows of every file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from ingest.settings import Settings

MANIFEST_NAME = "manifest.json"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReleasedFile(_Frozen):
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


def read_manifest(release: Path) -> Manifest:
    return Manifest.model_validate_json((release / MANIFEST_NAME).read_text(encoding="utf-8"))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def verify_release(release: Path) -> list[str]:
    """What differs between a release and its manifest, a sentence each; empty when it is as it was published."""
    manifest = read_manifest(release)
    listed = {file.path: file for file in manifest.files}
    on_disk = {path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()} - {MANIFEST_NAME}
    problems = [f"{path}：缺失（missing）" for path in sorted(set(listed) - on_disk)]
    problems += [f"{path}：不在清单中（not in the manifest）" for path in sorted(on_disk - set(listed))]
    for path in sorted(on_disk & set(listed)):
        file = listed[path]
        if file_digest(release / path) != file.sha256:
            problems.append(f"{path}：内容已变（SHA-256 differs）")
        elif file.rows is not None and (rows := pq.read_metadata(release / path).num_rows) != file.rows:
            problems.append(f"{path}：行数 {rows}，清单为 {file.rows}（rows differ）")
    return problems
