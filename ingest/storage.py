"""Where archive and lake lie: a folder of this machine, or objects behind a URL (`ingest/bucket.py`).

Both know their files by names like `rows/pay/<segment>.parquet`, and in both a file appears whole or not at all. Whatever reads or
writes a file does so on this machine: of an object there is a copy for its owner only, which is removed afterwards.
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ingest.errors import StorageError
from ingest.files import private_dir, remove_unfinished, replacing


class Storage(ABC):
    """Files under one folder or URL; `incoming` is a private folder of this machine for what has no name yet."""

    incoming: Path
    is_local = False

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """The bytes of all files that lie here, by name, in no order."""

    def names(self) -> list[str]:
        """The names of all files that lie here, in no order."""
        return list(self.sizes())

    @abstractmethod
    def local(self, name: str) -> AbstractContextManager[Path]:
        """The file as one of this machine, as long as the context lasts."""

    @abstractmethod
    def replacing(self, name: str) -> AbstractContextManager[Path]:
        """A file of this machine to write to, which becomes the one of that name when the context ends well."""

    @abstractmethod
    def keep(self, temporary: Path, name: str, sha256: str) -> None:
        """Takes a file of `incoming` for ever, durably, and reads it back, so that a torn write never passes for what was given.

        StorageError when what was read has another digest. Several threads may do so at once.
        """

    @abstractmethod
    def remove(self, names: Iterable[str]) -> None:
        """Removes files."""

    def remove_unfinished(self) -> None:
        """Removes what a killed process left behind; only for who holds the lock of the one writer."""
        remove_unfinished(self.incoming)

    def compare(self, path: Path, sha256: str) -> None:
        """StorageError when the file at `path`, as read back, has another digest."""
        with open(path, "rb") as read_back:
            if hashlib.file_digest(read_back, "sha256").hexdigest() != sha256:
                raise StorageError(f"{self} does not hold what was written to it: check the disk or the server.")


class Folder(Storage):
    """A folder that only its owner can enter."""

    is_local = True

    def __init__(self, path: Path):
        self.path = self.incoming = private_dir(path)

    def __str__(self) -> str:
        return str(self.path)

    def sizes(self) -> dict[str, int]:
        files = (path for path in self.path.rglob("*") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.stat().st_size for path in files}

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        yield self.path / name

    def replacing(self, name: str) -> AbstractContextManager[Path]:
        target = self.path / name
        private_dir(target.parent)
        return replacing(target)

    def keep(self, temporary: Path, name: str, sha256: str) -> None:
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        self.compare(temporary, sha256)
        final = self.path / name
        private_dir(final.parent)
        temporary.chmod(0o400)
        temporary.replace(final)

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self.path / name).unlink()


def open_storage(location: str, copies: Path) -> Storage:
    """The storage at an absolute path or a URL; in the folder `copies` lie those of objects while they are needed."""
    if not is_url(location):
        return Folder(Path(location))
    from ingest.bucket import Bucket  # fsspec and its back ends take their time, and a folder needs none of them

    return Bucket(location, copies)


def is_url(location: str) -> bool:
    """Whether a location is no path of this machine."""
    return "://" in location
