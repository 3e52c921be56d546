"""The store of releases: which there are, whether they are as published, which are pinned or being read, and which may go."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from ingest.errors import ReleaseError
from ingest.settings import Settings
from ingest.storage.files import public_dir
from orchestration.publishing.manifest import (
    MANIFEST_NAME,
    Manifest,
    current_release,
    file_digest,
    is_sound,
    read_manifest,
)

KEPT_RELEASES = 10
PROCESSES = Path("/proc")
# struct flock on 64-bit Linux: type, whence, start, length, pid.
FLOCK = "hhqqi4x"


def releases_dir(settings: Settings) -> Path:
    """Where the releases lie, a folder each."""
    return settings.published_dir / "releases"


def list_releases(settings: Settings) -> list[Manifest]:
    """Manifests of all releases that can be read, the newest last."""
    manifests = []
    for path in _kept_releases(settings):
        with suppress(ReleaseError):  # `verify` says what is wrong with it
            manifests.append(read_manifest(path))
    return manifests


def last_sound_release(settings: Settings) -> Path | None:
    """The current release, or the newest before it that is not damaged; None when there is none."""
    current = current_release(settings)
    candidates = ([current] if current else []) + _kept_releases(settings)[::-1]
    return next((path for path in candidates if is_sound(path)), None)


def find_release(settings: Settings, release_id: str) -> Path:
    """The folder of a release; ReleaseError when there is none of that name."""
    path = releases_dir(settings) / release_id
    if path not in _kept_releases(settings):
        known = "、".join(path.name for path in _kept_releases(settings)) or "—"
        raise ReleaseError(f"没有发布 {release_id}（no such release）。现有：{known}。")
    return path


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


def swap_current(settings: Settings, release_id: str) -> None:
    """Points `current` to a release, in one step: a reader finds the one or the other."""
    temporary = settings.published_dir / ".current"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path("releases") / release_id)
    temporary.replace(settings.published_dir / "current")


def pin(settings: Settings, release_id: str) -> Path:
    """Keeps a release for good, under a path that stays: `published/pinned/<release_id>`."""
    find_release(settings, release_id)
    link = _pins_dir(settings) / release_id
    public_dir(link.parent)
    link.unlink(missing_ok=True)
    link.symlink_to(Path("..") / "releases" / release_id)
    return link


def unpin(settings: Settings, release_id: str) -> None:
    """Leaves a release to retention again; ReleaseError when it is not pinned."""
    if release_id not in pinned(settings):
        raise ReleaseError(f"{release_id} 没有固定（is not pinned）。")
    (_pins_dir(settings) / release_id).unlink()


def pinned(settings: Settings) -> set[str]:
    """Ids of the releases that retention leaves alone."""
    folder = _pins_dir(settings)
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def remove_unfinished(settings: Settings) -> None:
    """What a killed run left behind; nothing of it was ever visible to a reader."""
    for leftover in releases_dir(settings).glob(".*"):
        shutil.rmtree(leftover)


def remove_old(settings: Settings, now: datetime) -> None:
    """Removes what retention does not keep.

    Kept are: the current release and the last ten; those made within `keep_releases_days`, those pinned, and those being
    read on this machine for another `reader_grace_days`, so that a forgotten notebook does not keep one for ever.
    """
    current = (settings.published_dir / "current").resolve().name
    others = [path for path in _kept_releases(settings) if path.name not in {current, *pinned(settings)}]
    kept_since = now - timedelta(days=settings.keep_releases_days)
    for path in others[: max(0, len(others) - KEPT_RELEASES + 1)]:
        made_at = _made_at(path)
        is_graced = made_at >= kept_since - timedelta(days=settings.reader_grace_days)
        if made_at < kept_since and not (is_graced and is_being_read(path)):
            doomed = path.with_name(f".{path.name}")
            path.replace(doomed)  # gone from the store at once, whole
            shutil.rmtree(doomed)


def is_being_read(release: Path) -> bool:
    """Whether a process of this machine has a file of the release open.

    Of other users' processes only DuckDB's are seen, by its lock on the database; without /proc, only those of any user.
    """
    return _is_locked(release / "warehouse.duckdb") or any(path.is_relative_to(release) for path in _open_files())


def _is_locked(database: Path) -> bool:
    if not database.exists():
        return False
    with open(database, "rb") as handle:
        question = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(handle, fcntl.F_GETLK, question)
    return bool(struct.unpack(FLOCK, answer)[0] != fcntl.F_UNLCK)


def _open_files() -> set[Path]:
    """Files that the processes this user may look into have open."""
    found = set()
    for descriptor in PROCESSES.glob("[0-9]*/fd/*"):
        try:
            found.add(descriptor.readlink())
        except OSError:  # closed, or ended, since
            continue
    return found


def _kept_releases(settings: Settings) -> list[Path]:
    return sorted(path for path in releases_dir(settings).glob("[0-9]*") if path.is_dir())


def _made_at(release: Path) -> datetime:
    """A release is named by the millisecond it was made in, so that names are in order of time."""
    return datetime.strptime(release.name.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)


def _pins_dir(settings: Settings) -> Path:
    return settings.published_dir / "pinned"
