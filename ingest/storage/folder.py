"""Archive and lake as a folder of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ingest.storage.base import Storage
from ingest.storage.files import private_dir, replacing


class Folder(Storage):
    """A folder that only its owner can enter."""

    is_local = True

    def __init__(self, path: Path):
        self.path = self.incoming = private_dir(path)

    def __str__(self) -> str:
        return str(self.path)

    def sizes(self) -> dict[str, int]:
        """Bytes of every file by name, folders joined by /."""
        files = (path for path in self.path.rglob("*") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.stat().st_size for path in files}

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """The file itself."""
        yield self.path / name

    def replacing(self, name: str) -> AbstractContextManager[Path]:
        """A file beside the one of that name, which takes its place when the context ends well."""
        target = self.path / name
        private_dir(target.parent)
        return replacing(target)

    def keep(self, temporary: Path, name: str, sha256: str) -> None:
        """Takes the file over, synced and read-only; StorageError when it differs as read back."""
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        self.compare(temporary, sha256)
        final = self.path / name
        private_dir(final.parent)
        temporary.chmod(0o400)
        temporary.replace(final)

    def remove(self, names: Iterable[str]) -> None:
        """Removes files; FileNotFoundError when one is not there."""
        for name in names:
            (self.path / name).unlink()
