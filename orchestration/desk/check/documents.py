"""What a file or a folder holds to check: each spreadsheet, and each member of a zip, is a document of its own."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from ingest.errors import PipelineError, UnreadableDocumentError
from ingest.landing.ignored import is_blank_text, is_ignored
from ingest.landing.zips import UNOPENABLE, Member, as_zip_of_its_own, is_bundle, members, open_zip
from ingest.limits import MAX_UNPACKED_BYTES, ExpansionGuard
from ingest.storage.files import readable_name
from ingest.workers import stage

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


@dataclass(frozen=True)
class Unpacking:
    """A file by its name, and the folder that members of a zip go into, of which no more than `most_bytes` are unpacked."""

    name: str
    path: Path
    folder: Path
    most_bytes: int = MAX_UNPACKED_BYTES

    @property
    def as_it_is(self) -> Found:
        """The file itself."""
        return self.name, self.path, self.path


def files_in(root: Path) -> list[tuple[str, Path]]:
    """The file, or the files of a folder by their path below it, in the order in which a refresh would meet them.

    Links, droppings and what is no plain file are passed over, as in the landing zone.
    """
    if root.is_file():
        return [(readable_name(root.name), root)]
    found = [path for path in root.rglob("*") if not path.is_symlink()]
    inside = [("/".join(map(readable_name, path.relative_to(root).parts)), path) for path in found]
    kept = [(name, path) for name, path in inside if path.is_file() and not is_ignored(name)]
    return sorted(kept, key=lambda each: (each[1].stat().st_mtime, each[0]))


def unpack(task: Unpacking) -> list[Found]:
    """The file itself, or the members of a zip; a zip that cannot be opened, or holds nothing, stands for itself.

    CheckError when more comes out of it than `most_bytes`.
    """
    with stage(task.name):
        if is_bundle(task.path):
            try:
                found = list(_members(task))
            except UNOPENABLE:
                found = []  # the reader meets the same fault in the whole and says why
            return found or [task.as_it_is]
        return [] if _is_blank(task.name, task.path) else [task.as_it_is]


def _is_blank(name: str, path: Path) -> bool:
    with open(path, "rb") as content:
        return is_blank_text(name, content)


def _members(task: Unpacking) -> Iterator[Found]:
    """Every member but droppings; one of UNOPENABLE when the zip cannot be opened, or holds too much."""
    guard = ExpansionGuard(task.path.stat().st_size)
    key = hashlib.sha256(str(task.path).encode()).hexdigest()[:12]
    with open_zip(task.path) as bundle:
        for number, member in enumerate(members(bundle)):
            copy = task.folder / f"{key}-{number}"
            _unpack_member(bundle, member, copy, task, guard)
            if _is_blank(member.name, copy):
                copy.unlink()
            else:
                yield f"{task.name}!{member.name}", copy, task.path


def _unpack_member(bundle: zipfile.ZipFile, member: Member, copy: Path, task: Unpacking, guard: ExpansionGuard) -> None:
    """Writes a member, or what can be had of a broken one."""
    before = guard.unpacked_bytes
    try:
        with bundle.open(member.info) as source, open(copy, "wb") as target:
            while piece := source.read(COPY_BYTES):
                guard.reached(before + target.tell() + len(piece))
                if guard.unpacked_bytes > task.most_bytes:
                    raise CheckError(f"压缩包解开后超过 {task.most_bytes >> 20} MB 的上限，请分开检查其中的文件。")
                target.write(piece)
    except UnreadableDocumentError:
        raise
    except UNOPENABLE:
        with open(copy, "wb") as target:
            as_zip_of_its_own(task.path, member.info, cast(BinaryIO, target))


def numbered(found: Iterable[Found]) -> tuple[list[Document], dict[str, str]]:
    """Documents in their order; of equal ones only the last, and the names of the others with that of the one they equal."""
    documents = [_document(number, each) for number, each in enumerate(found, start=1)]
    last = {document.document_id: document for document in documents}
    kept: list[Document] = []
    repeated: dict[str, str] = {}
    for document in documents:
        newest = last[document.document_id]
        if document is newest:
            kept.append(document)
        else:
            repeated[document.name] = newest.name
    return kept, repeated


def _document(number: int, found: Found) -> Document:
    name, path, source = found
    with open(path, "rb") as content:
        document_id = hashlib.file_digest(content, "sha256").hexdigest()
    now = datetime.now(UTC).replace(tzinfo=None)
    sent_at = datetime.fromtimestamp(source.stat().st_mtime, UTC).replace(tzinfo=None)
    times = (now, sent_at) if sent_at > now else (sent_at, None)
    return Document(number, name, path, source, document_id, path.stat().st_size, *times)
