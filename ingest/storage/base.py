"""What archive and lake ask of the place where they lie."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from ingest.errors import StorageError
from ingest.storage.files import remove_unfinished


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
        """Removes what a killed process left behind. Call only while holding the writer lock."""
        remove_unfinished(self.incoming)

    def compare(self, path: Path, sha256: str) -> None:
        """StorageError when the file at `path`, as read back, has another digest."""
        with open(path, "rb") as read_back:
            if hashlib.file_digest(read_back, "sha256").hexdigest() != sha256:
                raise StorageError(f"{self} does not hold what was written to it: check the disk or the server.")
