"""Taking in what is new in the landing zone: archive it, open zips, and write every arrival into the ledger."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from ingest.errors import PipelineError, UnreadableDocumentError
from ingest.landing.archive import Archive, Incoming
from ingest.landing.ledger import Arrival, Ledger
from ingest.landing.listing import LandingFile, LandingZone, Place, is_ignored, place_of
from ingest.landing.trouble import landing_error
from ingest.reading.limits import ExpansionGuard
from ingest.reference import Reference

COMMIT_FILES = 500
KEEPERS = 8  # threads: waiting for the disk is most of what making a small file durable takes
PENDING_MAX = 64
# What a damaged, encrypted or overlarge zip may raise.
UNOPENABLE = (
    UnreadableDocumentError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
)
WORKBOOK_MEMBERS = ("[Content_Types].xml", "mimetype", "xl/", "content.xml")


@dataclass(frozen=True)
class Intake:
    """What one look at the landing zone brought; `not_fetched` are files that vanished or may not be read, told again next time."""

    files_listed: int
    files_new: int
    not_fetched: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Archived:
    """A file of the landing zone that lies in the archive; a bundle is a zip of documents."""

    file: LandingFile
    document_id: str
    size_bytes: int
    is_bundle: bool


def take_in(
    zone: LandingZone,
    files: list[LandingFile],
    archive: Archive,
    ledger: Ledger,
    reference: Reference,
    progress: Callable[[str], None],
) -> Intake:
    """Archives every file of the listing not seen before (path, size, stamp) and records its arrivals.

    LandingError when the landing zone fails half-way; what was taken in until then stays.
    The ledger is written to some hundred files at a time, and not held meanwhile: other processes may be waiting for it.
    """
    known = ledger.known_files()
    new = [file for file in files if file.key not in known]
    progress(f"报送区有 {len(files)} 个文件，其中新文件 {len(new)} 个")
    fetching = _Fetching(zone, archive, progress)
    taken: list[tuple[_Archived, list[Arrival]]] = []
    try:
        for number, archived in enumerate(fetching.archived(new), start=1):
            taken.append((archived, list(_arrivals(archived, place_of(archived.file.path, reference), archive))))
            if number % COMMIT_FILES == 0:
                _remember(taken, ledger)
                taken.clear()
                progress(f"已归档 {number}/{len(new)} 个新文件")
    finally:
        _remember(taken, ledger)
    return Intake(len(files), len(new) - len(fetching.not_fetched), tuple(fetching.not_fetched))


def _remember(taken: Iterable[tuple[_Archived, list[Arrival]]], ledger: Ledger) -> None:
    """Files with their digest and arrivals, in one transaction."""
    for archived, arrivals in taken:
        for arrival in arrivals:
            ledger.add_arrival(arrival)
        ledger.add_file(*archived.file.key, archived.document_id)
    ledger.commit()


class _Fetching:
    """Brings files into the archive: fetched one after another, made durable by several threads behind that."""

    def __init__(self, zone: LandingZone, archive: Archive, progress: Callable[[str], None]):
        self.zone = zone
        self.archive = archive
        self.progress = progress
        self.not_fetched: list[str] = []

    def archived(self, files: Iterable[LandingFile]) -> Iterator[_Archived]:
        """Each file, in order; what was fetched before a failure comes before it is raised."""
        pending: deque[tuple[LandingFile, bool, Future[tuple[str, int]]]] = deque()
        failure: PipelineError | None = None
        with ThreadPoolExecutor(KEEPERS) as keepers:
            for file in files:
                try:
                    incoming = self._fetch(file)
                except PipelineError as error:
                    failure = error
                    break
                if incoming:
                    is_bundle = _is_bundle(incoming.temporary)
                    pending.append((file, is_bundle, keepers.submit(self.archive.keep, incoming)))
                if len(pending) > PENDING_MAX:
                    yield self._kept(*pending.popleft())
            while pending:
                yield self._kept(*pending.popleft())
        if failure:
            raise failure

    def _fetch(self, file: LandingFile) -> Incoming | None:
        """A copy of the file; None when it vanished or may not be read, which is told."""
        try:
            with self.zone.filesystem.open(file.location, "rb") as source:
                return self.archive.receive(source)
        except (FileNotFoundError, PermissionError) as error:
            self.not_fetched.append(file.path)
            self.progress(f"未能取得 {file.path}（{type(error).__name__}），下次再试")
            return None
        except Exception as error:  # every back end raises its own kinds
            raise self._trouble(file, error) from error

    def _kept(self, file: LandingFile, is_bundle: bool, keeping: Future[tuple[str, int]]) -> _Archived:
        try:
            return _Archived(file, *keeping.result(), is_bundle)
        except OSError as error:  # a full disk
            raise self._trouble(file, error) from error

    def _trouble(self, file: LandingFile, error: Exception) -> PipelineError:
        what = f"The file {file.path} of the landing zone {self.zone.shown_url} cannot be taken in"
        return landing_error(what, error)


def _arrivals(archived: _Archived, place: Place, archive: Archive) -> Iterator[Arrival]:
    """The file itself, or the members of a zip; a zip that cannot be opened stands for itself."""
    file, document_id = archived.file, archived.document_id
    at = (place.collection_id, place.unit_code, place.reason)
    whole = Arrival(file.path, file.modified_at, document_id, archived.size_bytes, *at)
    if place.reason is None and archived.is_bundle:
        try:
            with archive.local(document_id) as path:
                members = _members(file, path, place, archive)
        except UNOPENABLE:
            members = []  # the reader meets the same fault in the whole and says why
        yield from members or [whole]
    else:
        yield whole


def _is_bundle(path: Path) -> bool:
    """Whether the file is a zip of documents; a workbook is a zip too."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return not any(name.startswith(WORKBOOK_MEMBERS) for name in bundle.namelist())
    except UNOPENABLE:
        return False


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name; names without the UTF-8 flag come from Chinese Windows in GBK."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.orig_filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.filename


def _members(file: LandingFile, path: Path, place: Place, archive: Archive) -> list[Arrival]:
    """The members of the file, which lies at `path`; each is archived as a document of its own."""
    arrivals = []
    with zipfile.ZipFile(path) as bundle:
        guard = ExpansionGuard(path.stat().st_size)
        members = sorted(
            ((member_name(i), i) for i in bundle.infolist() if not i.is_dir()), key=lambda member: member[0]
        )
        for name, info in members:
            if is_ignored(name):
                continue
            with bundle.open(info) as source:
                member_id, size_bytes = _store_member(source, guard, archive)
            at = (place.collection_id, place.unit_code)
            arrivals.append(Arrival(f"{file.path}!{name}", file.modified_at, member_id, size_bytes, *at))
    return arrivals


def _store_member(source: IO[bytes], guard: ExpansionGuard, archive: Archive) -> tuple[str, int]:
    before = guard.unpacked_bytes
    return archive.store(cast(BinaryIO, source), lambda size: guard.reached(before + size))
