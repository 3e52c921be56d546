"""Taking in what is new in the landing zone: archive it, open zips, and write every arrival into the ledger."""

from __future__ import annotations

import tempfile
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from ingest.errors import PipelineError, UnreadableDocumentError
from ingest.landing.archive import Archive, Incoming
from ingest.landing.ignored import is_blank_text
from ingest.landing.ledger import Arrival, Ledger, Untaken
from ingest.landing.listing import LandingFile, LandingZone, Place, place_of
from ingest.landing.zips import UNOPENABLE, Member, as_zip_of_its_own, is_bundle, members, open_zip
from ingest.limits import ExpansionGuard
from ingest.reference import Reference
from ingest.storage.remote_errors import landing_error

COMMIT_FILES = 500
KEEPERS = 8  # threads: waiting for the disk is most of what making a small file durable takes
PENDING_MAX = 64
NOT_ALLOWED = "无权读取该文件，未取（it may not be read）。请检查权限。"


@dataclass(frozen=True)
class Intake:
    """What one look at the landing zone brought; `not_fetched` are files that may not be read, or vanished: tried again next time."""

    files_listed: int
    files_new: int
    not_fetched: tuple[Untaken, ...] = ()
    vanished: int = 0


@dataclass(frozen=True)
class _Archived:
    """A file of the landing zone that lies in the archive; a bundle is a zip of documents, a dropping no document at all."""

    file: LandingFile
    document_id: str
    size_bytes: int
    is_bundle: bool
    is_dropping: bool


def take_in(
    zone: LandingZone,
    files: Sequence[LandingFile],
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
            found = _arrivals(archived, place_of(archived.file.path, reference), archive)
            taken.append((archived, [_not_ahead(arrival) for arrival in found]))
            if number % COMMIT_FILES == 0:
                _remember(taken, ledger)
                taken.clear()
                progress(f"已归档 {number}/{len(new)} 个新文件")
    finally:
        _remember(taken, ledger)
    not_fetched = tuple(fetching.not_fetched)
    return Intake(len(files), len(new) - len(not_fetched) - fetching.vanished, not_fetched, fetching.vanished)


def _not_ahead(arrival: Arrival) -> Arrival:
    """The arrival at the present moment, where it states a time ahead: a PC's clock of 2099 would beat every correction."""
    moment = datetime.now(UTC)
    if arrival.received_at <= moment:
        return arrival
    return replace(arrival, received_at=moment, stated_at=arrival.received_at)


def _remember(taken: Iterable[tuple[_Archived, list[Arrival]]], ledger: Ledger) -> None:
    """Files with their digest and arrivals, in one transaction."""
    for archived, arrivals in taken:
        for arrival in arrivals:
            if not (arrival.stated_at and ledger.is_known_ahead(arrival)):
                ledger.add_arrival(arrival)
        ledger.add_file(*archived.file.key, archived.document_id)
    ledger.commit()


class _Fetching:
    """Brings files into the archive: fetched one after another, made durable by several threads behind that."""

    def __init__(self, zone: LandingZone, archive: Archive, progress: Callable[[str], None]):
        self.zone = zone
        self.archive = archive
        self.progress = progress
        self.not_fetched: list[Untaken] = []
        self.vanished = 0

    def archived(self, files: Iterable[LandingFile]) -> Iterator[_Archived]:
        """Each file, in order; what was fetched before a failure comes before it is raised."""
        pending: deque[tuple[LandingFile, bool, bool, Future[tuple[str, int]]]] = deque()
        failure: PipelineError | None = None
        with ThreadPoolExecutor(KEEPERS) as keepers:
            for file in files:
                try:
                    incoming = self._fetch(file)
                except PipelineError as error:
                    failure = error
                    break
                if incoming:
                    kinds = (is_bundle(incoming.temporary), _is_dropping(file, incoming.temporary))
                    pending.append((file, *kinds, keepers.submit(self.archive.keep, incoming)))
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
        except FileNotFoundError:
            self.vanished += 1
            return None
        except PermissionError:
            self.not_fetched.append(Untaken(file.path, NOT_ALLOWED))
            return None
        except Exception as error:  # every back end raises its own kinds
            raise self._trouble(file, error) from error

    def _kept(
        self, file: LandingFile, is_bundle: bool, is_dropping: bool, keeping: Future[tuple[str, int]]
    ) -> _Archived:
        try:
            return _Archived(file, *keeping.result(), is_bundle, is_dropping)
        except OSError as error:  # a full disk
            raise self._trouble(file, error) from error

    def _trouble(self, file: LandingFile, error: Exception) -> PipelineError:
        what = f"The file {file.path} of the landing zone {self.zone.shown_url} cannot be taken in"
        return landing_error(what, error)


def _is_dropping(file: LandingFile, copy: Path) -> bool:
    with open(copy, "rb") as content:
        return is_blank_text(file.path, content)


def _arrivals(archived: _Archived, place: Place, archive: Archive) -> Iterator[Arrival]:
    """The file itself, or the members of a zip; a zip that cannot be opened, or holds nothing, stands for itself."""
    file, document_id = archived.file, archived.document_id
    if archived.is_dropping:
        return
    at = (place.collection_id, place.unit_code, place.reason)
    whole = Arrival(file.path, file.modified_at, document_id, archived.size_bytes, *at)
    if place.reason is None and archived.is_bundle:
        try:
            with archive.local(document_id) as path:
                found = _members(file, path, place, archive)
        except UNOPENABLE:
            found = []  # the reader meets the same fault in the whole and says why
        yield from found or [whole]
    else:
        yield whole


def _members(file: LandingFile, path: Path, place: Place, archive: Archive) -> list[Arrival]:
    """The members of the file, which lies at `path`; each is archived as a document of its own."""
    arrivals = []
    guard = ExpansionGuard(path.stat().st_size)
    at = (place.collection_id, place.unit_code)
    with open_zip(path) as bundle:
        for member in members(bundle):
            if stored := _store_member(bundle, member, path, guard, archive):
                arrivals.append(Arrival(f"{file.path}!{member.name}", file.modified_at, *stored, *at))
    return arrivals


def _store_member(
    bundle: zipfile.ZipFile, member: Member, path: Path, guard: ExpansionGuard, archive: Archive
) -> tuple[str, int] | None:
    """Archives a member, or what can be had of a broken one; None for a dropping. UnreadableDocumentError beyond the limits."""
    before = guard.unpacked_bytes
    try:
        with bundle.open(member.info) as source:
            incoming = archive.receive(cast(BinaryIO, source), lambda size: guard.reached(before + size))
    except UnreadableDocumentError:
        raise
    except UNOPENABLE:
        return _store_broken_member(member, path, archive)
    with open(incoming.temporary, "rb") as content:
        if is_blank_text(member.name, content):
            incoming.temporary.unlink()
            return None
    return archive.keep(incoming)


def _store_broken_member(member: Member, path: Path, archive: Archive) -> tuple[str, int]:
    with tempfile.TemporaryFile() as alone:
        as_zip_of_its_own(path, member.info, alone)
        alone.seek(0)
        return archive.store(cast(BinaryIO, alone))
