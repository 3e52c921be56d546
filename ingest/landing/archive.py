"""The archive: every document that arrived, by its SHA-256, private to its owner, never altered or deleted."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.errors import PipelineError
from ingest.files import private_dir

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Incoming:
    """A copy that has not got its name yet."""

    temporary: Path
    document_id: str
    size_bytes: int


class Archive:
    """Documents under `<folder>/ab/<sha256>`; a stored document is known to hold the bytes its name says."""

    def __init__(self, folder: Path):
        self.folder = private_dir(folder)

    def path(self, document_id: str) -> Path:
        return self.folder / document_id[:2] / document_id

    def read(self, document_id: str) -> bytes:
        return self.path(document_id).read_bytes()

    def store(self, source: BinaryIO, check: Callable[[int], None] | None = None) -> tuple[str, int]:
        """Copies a stream in; returns (SHA-256, bytes). `check` is told the bytes so far and may raise to stop."""
        return self.keep(self.receive(source, check))

    def receive(self, source: BinaryIO, check: Callable[[int], None] | None = None) -> Incoming:
        """Copies a stream in, under no name yet; `check` as in `store`."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".incoming-")
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
        """Makes a copy durable and gives it its name; returns (SHA-256, bytes). Several threads may do so at once.

        It is read back before, so that a full disk or a torn write never passes for a document.
        """
        temporary, final = incoming.temporary, self.path(incoming.document_id)
        try:
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
                if hashlib.file_digest(written, "sha256").hexdigest() != incoming.document_id:
                    raise PipelineError(
                        f"The archive {self.folder} does not hold what was written to it: check the disk."
                    )
            private_dir(final.parent)
            temporary.chmod(0o400)
            temporary.replace(final)
            return incoming.document_id, incoming.size_bytes
        finally:
            temporary.unlink(missing_ok=True)
