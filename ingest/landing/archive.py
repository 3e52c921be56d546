"""The archive: every document that arrived, by its SHA-256, private to its owner, never altered or deleted."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.errors import StorageError
from ingest.settings import Settings
from ingest.storage.base import Storage
from ingest.storage.files import UNFINISHED
from ingest.storage.location import open_storage

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Incoming:
    """A copy that has not got its name yet."""

    temporary: Path
    document_id: str
    size_bytes: int


class Archive:
    """Documents under `ab/<sha256>`; a stored document is known to hold the bytes its name says."""

    def __init__(self, storage: Storage):
        self.storage = storage

    @classmethod
    def of(cls, settings: Settings) -> Archive:
        """The archive where the settings say: a folder, or objects behind a URL."""
        return cls(open_storage(settings.archive_location, settings.copies_dir))

    @contextmanager
    def local(self, document_id: str) -> Iterator[Path]:
        """The document as a file of this machine, as long as the context lasts.

        StorageError when it is not there, or a byte of it is not what arrived: nobody may read that as a county's words.
        """
        try:
            with self.storage.local(_name(document_id)) as path:
                self._compare(path, document_id)
                yield path
        except FileNotFoundError as error:
            if error.filename is None or not str(error.filename).endswith(document_id):
                raise
            raise self._restore(document_id, "缺失（is missing）") from error

    def _compare(self, path: Path, document_id: str) -> None:
        with open(path, "rb") as document:
            if hashlib.file_digest(document, "sha256").hexdigest() != document_id:
                raise self._restore(document_id, "已损坏，与其 SHA-256 不符（is damaged）")

    def _restore(self, document_id: str, fault: str) -> StorageError:
        return StorageError(
            f"归档 {self.storage} 中的文件 {_name(document_id)} {fault}。请从备份恢复 archive/ 中的该文件。"
        )

    def read(self, document_id: str) -> bytes:
        """The bytes of a document; StorageError when they are missing or no longer match their SHA-256."""
        with self.local(document_id) as path:
            return path.read_bytes()

    def store(self, source: BinaryIO, check: Callable[[int], None] | None = None) -> tuple[str, int]:
        """Copies a stream in; returns (SHA-256, bytes). `check` is told the bytes so far and may raise to stop."""
        return self.keep(self.receive(source, check))

    def receive(self, source: BinaryIO, check: Callable[[int], None] | None = None) -> Incoming:
        """Copies a stream in, under no name yet; `check` as in `store`."""
        handle, name = tempfile.mkstemp(dir=self.storage.incoming, prefix=UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as target:
                digest, size = hashlib.sha256(), 0
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    size += len(chunk)
                    if check:
                        check(size)
                    target.write(chunk)
        except BaseException:
            Path(name).unlink()
            raise
        return Incoming(Path(name), digest.hexdigest(), size)

    def keep(self, incoming: Incoming) -> tuple[str, int]:
        """Makes a copy durable and gives it its name; returns (SHA-256, bytes). Several threads may do so at once."""
        try:
            self.storage.keep(incoming.temporary, _name(incoming.document_id), incoming.document_id)
            return incoming.document_id, incoming.size_bytes
        finally:
            incoming.temporary.unlink(missing_ok=True)


def _name(document_id: str) -> str:
    return f"{document_id[:2]}/{document_id}"
