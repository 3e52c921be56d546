"""What a file or a folder holds to check: each spreadsheet, and each member of a zip, is a document of its own."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from ingest.droppings import is_blank_text, is_ignored
from ingest.errors import PipelineError, UnreadableDocumentError
from ingest.reading.limits import MAX_UNPACKED_BYTES, ExpansionGuard
from ingest.zips import UNOPENABLE, Member, as_zip_of_its_own, is_bundle, members, open_zip

COPY_BYTES = 1 << 20


class CheckError(PipelineError):
    """The check cannot be done as asked."""


@dataclass(frozen=True)
class Document:
    """A document by its `name` below what was named, and where its bytes lie; `source` is the file it came in.

    Times are in UTC without a zone, as in the lake; `stated_at` is one that lies ahead, and counts as now.
    """

    number: int
    name: str
    path: Path
    source: Path
    document_id: str
    size_bytes: int
    received_at: datetime
    stated_at: datetime | None


Found = tuple[str, Path, Path]
"""Name, where the bytes lie, and the file they came in."""


def find_documents(root: Path, unpacked: Path, unpacked_max: int = MAX_UNPACKED_BYTES) -> list[Document]:
    """The documents of a file or folder, in the order in which a refresh would meet them; members of zips go into `unpacked`.

    Links, and what is no plain file, are passed over, as in the landing zone. CheckError when more than `unpacked_max` bytes are unpacked.
    """
    found = [
        each for name, path in _files(root) for each in _found_in(name, path, _Unpacking(path, unpacked, unpacked_max))
    ]
    return [_document(number, each) for number, each in enumerate(found, start=1)]


def _files(root: Path) -> list[tuple[str, Path]]:
    if root.is_file():
        return [(root.name, root)]
    inside = [
        (path.relative_to(root).as_posix(), path)
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    kept = [(name, path) for name, path in inside if not is_ignored(name)]
    return sorted(kept, key=lambda each: (each[1].stat().st_mtime, each[0]))


def _found_in(name: str, path: Path, unpacking: _Unpacking) -> Iterator[Found]:
    """The file itself, or the members of a zip; a zip that cannot be opened, or holds nothing, stands for itself."""
    if is_bundle(path):
        try:
            found = list(unpacking.members(name))
        except UNOPENABLE:
            found = []  # the reader meets the same fault in the whole and says why
        yield from found or [(name, path, path)]
    elif not _is_blank(name, path):
        yield name, path, path


def _is_blank(name: str, path: Path) -> bool:
    with open(path, "rb") as content:
        return is_blank_text(name, content)


class _Unpacking:
    """The members of one zip, on their way into a folder."""

    def __init__(self, path: Path, folder: Path, most_bytes: int):
        self.path, self.folder, self.most_bytes = path, folder, most_bytes
        self.guard = ExpansionGuard(path.stat().st_size)

    def members(self, name: str) -> Iterator[Found]:
        """Every member but droppings; one of UNOPENABLE when the zip cannot be opened, or holds too much."""
        key = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        with open_zip(self.path) as bundle:
            for number, member in enumerate(members(bundle)):
                copy = self.folder / f"{key}-{number}"
                self._unpack(bundle, member, copy)
                if _is_blank(member.name, copy):
                    copy.unlink()
                else:
                    yield f"{name}!{member.name}", copy, self.path

    def _unpack(self, bundle: zipfile.ZipFile, member: Member, copy: Path) -> None:
        """Writes a member, or what can be had of a broken one."""
        before = self.guard.unpacked_bytes
        try:
            with bundle.open(member.info) as source, open(copy, "wb") as target:
                while piece := source.read(COPY_BYTES):
                    self._grown(before + target.tell() + len(piece))
                    target.write(piece)
        except UnreadableDocumentError:
            raise
        except UNOPENABLE:
            with open(copy, "wb") as target:
                as_zip_of_its_own(self.path, member.info, cast(BinaryIO, target))

    def _grown(self, unpacked_bytes: int) -> None:
        self.guard.reached(unpacked_bytes)
        if unpacked_bytes > self.most_bytes:
            raise CheckError(f"压缩包解开后超过 {self.most_bytes >> 20} MB 的上限，请分开检查其中的文件。")


def _document(number: int, found: Found) -> Document:
    name, path, source = found
    with open(path, "rb") as content:
        document_id = hashlib.file_digest(content, "sha256").hexdigest()
    now = datetime.now(UTC).replace(tzinfo=None)
    sent_at = datetime.fromtimestamp(source.stat().st_mtime, UTC).replace(tzinfo=None)
    times = (now, sent_at) if sent_at > now else (sent_at, None)
    return Document(number, name, path, source, document_id, path.stat().st_size, *times)
