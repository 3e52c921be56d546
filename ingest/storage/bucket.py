"""Archive and lake as objects behind any URL that fsspec opens and that takes an object in one piece, as object stores do.

Endpoint and credentials are fsspec's and the back end's own affair, as they are for the landing zone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec

from ingest.errors import StorageError, StorageUnreachableError
from ingest.secrecy import without_password
from ingest.storage.base import Storage
from ingest.storage.files import UNFINISHED, private_dir
from ingest.storage.remote_errors import is_transient, one_line


class Bucket(Storage):
    """Objects under a URL; StorageError, or StorageUnreachableError where a later try may help, for whatever goes wrong there.

    It opens a new connection: a long-lived process would otherwise get back a connection that broke long ago.
    """

    def __init__(self, url: str, copies: Path):
        self.shown_url = without_password(url)
        private_dir(copies.parent)
        self.incoming = private_dir(copies)
        with self._told("cannot be opened"):
            self.filesystem, root = fsspec.url_to_fs(url, skip_instance_cache=True)
            self.root = str(root).rstrip("/")

    def __str__(self) -> str:
        return self.shown_url

    def sizes(self) -> dict[str, int]:
        """Bytes of every object by name, as the server has them now."""
        with self._told("cannot be listed"):
            self.filesystem.invalidate_cache()
            found = self.filesystem.find(self.root, detail=True).items()
            return {path[len(self.root) + 1 :]: int(about["size"]) for path, about in found if not path.endswith("/")}

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """A copy of the object, as long as the context lasts."""
        with self._copy(name) as copy:
            with self._told(f"does not give {name}"):
                self.filesystem.get_file(self._path(name), str(copy))
            yield copy

    @contextmanager
    def replacing(self, name: str) -> Iterator[Path]:
        """A file to write to, which is put in place of the object when the context ends well."""
        with self._copy(name) as copy:
            yield copy
            self._put(copy, name)

    def keep(self, temporary: Path, name: str, sha256: str) -> None:
        """Puts the object, gets it back and compares; StorageError when it differs."""
        self._put(temporary, name)
        with self.local(name) as read_back:
            self.compare(read_back, sha256)

    def remove(self, names: Iterable[str]) -> None:
        """Removes objects; StorageError when the server does not."""
        if paths := [self._path(name) for name in names]:
            with self._told("does not remove what is no longer needed"):
                self.filesystem.rm(paths)

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _put(self, source: Path, name: str) -> None:
        with self._told(f"does not take {name}"):
            self.filesystem.put_file(str(source), self._path(name))

    @contextmanager
    def _copy(self, name: str) -> Iterator[Path]:
        """A file of this machine, empty and for its owner only, that is gone afterwards."""
        handle, copy = tempfile.mkstemp(dir=self.incoming, prefix=UNFINISHED, suffix=Path(name).suffix)
        os.close(handle)
        try:
            yield Path(copy)
        finally:
            Path(copy).unlink()

    @contextmanager
    def _told(self, trouble: str) -> Iterator[None]:
        """Every back end raises its own kinds of errors."""
        try:
            yield
        except Exception as error:
            kind = StorageUnreachableError if is_transient(error) else StorageError
            raise kind(f"{self} {trouble}: {one_line(error)}.") from error
