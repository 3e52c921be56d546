"""The whole of ingest: take in what is new, read what was not read under the present contracts, bring the lake up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from ingest.checking.identity import Pseudonymiser, load_key
from ingest.contract import load_contracts
from ingest.errors import KeyMismatchError, UnreadableDocumentError
from ingest.lake import Lake
from ingest.landing.archive import Archive
from ingest.landing.arrive import Intake, take_in
from ingest.landing.ledger import Ledger, Reading
from ingest.landing.listing import LandingZone
from ingest.reading.reader import ReadDocument, Reader
from ingest.reference import load_reference
from ingest.segment import Segment
from ingest.settings import Settings
from ingest.versions import UNRECOGNISED, Versions
from ingest.workbooks.mark import Mark
from ingest.workbooks.returned import Returned, read_returned

SEGMENT_ROWS = 250_000
READER_THREADS = 2
READ_AHEAD = 16
KEY_FACT = "pseudonym_key_fingerprint"

Place = tuple[str, str, str]  # document, collection, unit
Cell = tuple[str, str, str]  # form, collection, unit
Progress = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class ReadPlace:
    """A document as read in its collection and unit; `returned` is what a feedback workbook that came back says."""

    place: Place
    document: ReadDocument
    returned: Returned | None = None


@dataclass
class IngestResult:
    """What one run did, for logs and metadata: counts, paths and reasons only."""

    intake: Intake
    documents_read: int = 0
    rows_read: Counter[Cell] = field(default_factory=Counter)
    rows_quarantined: Counter[Cell] = field(default_factory=Counter)
    issues: Counter[str] = field(default_factory=Counter)  # by check
    rejected: list[tuple[str, str]] = field(default_factory=list)  # path, reason
    unplaced: list[tuple[str, str]] = field(default_factory=list)


class Ingest:
    """One run's surroundings: contracts, reference data, archive, lake and key. Making it checks them all."""

    def __init__(self, settings: Settings, progress: Progress = print):
        self.settings = settings
        self.progress = progress
        self.contracts = load_contracts()
        self.reference = load_reference(settings.spec_dir)
        self.pseudonymiser = Pseudonymiser(load_key(settings.pseudonym_key, settings.data_dir, progress))
        self.reader = Reader(self.contracts)
        self.versions = Versions(self.contracts, self.reference)

    def run(self, reread: Callable[[Place], bool] = lambda place: False) -> IngestResult:
        """Takes in and reads everything new, and what `reread` asks for; the lake is up to date afterwards.

        LandingError, KeyMismatchError or ConfigurationError leave the lake as it was.
        """
        zone = LandingZone(self.settings.landing_url)
        files = zone.list()  # an unreachable zone is told before anything is made
        archive = Archive(self.settings.archive_dir)
        lake = Lake(self.settings.lake_dir, self.contracts)
        with Ledger(self.settings.ledger_path) as ledger:
            check_key(self.pseudonymiser, ledger)
            lake.remove_segments_but(reading.segment for reading in ledger.readings().values())
            result = IngestResult(take_in(zone, files, archive, ledger, self.reference, self.progress))
            self._read(self._due(ledger, lake, reread), archive, lake, ledger, result)
            self._finish(lake, ledger, result)
        return result

    def _due(self, ledger: Ledger, lake: Lake, reread: Callable[[Place], bool]) -> list[Place]:
        """Documents never read in their collection and unit, read under other contracts, or whose rows are gone from the lake."""
        readings, segments = ledger.readings(), lake.segments()

        def is_due(place: Place) -> bool:
            reading = readings.get(place)
            if reading is None or reading.segment not in segments:
                return True
            return reading.version != self.versions.of(place[1], reading.forms) or reread(place)

        return [place for place in dict.fromkeys(ledger.places()) if is_due(place)]

    def _read(self, due: list[Place], archive: Archive, lake: Lake, ledger: Ledger, result: IngestResult) -> None:
        """Reads in threads (the spreadsheet reader lets go of the interpreter); whenever enough rows came together
        they are checked and written as a segment, so that memory does not grow with the number of documents."""
        pending: list[ReadPlace] = []
        known = set(ledger.places())

        def flush() -> None:
            self._write_segment(pending, lake, ledger, result)
            pending.clear()
            self.progress(f"已读 {result.documents_read}/{len(due)} 份文件，{result.rows_read.total()} 行")

        with ThreadPoolExecutor(READER_THREADS) as pool:
            for read in _ahead(pool, lambda place: self._read_one(place, archive, known), due):
                pending.append(read)
                result.documents_read += 1
                if sum(read.document.rows for read in pending) >= SEGMENT_ROWS:
                    flush()
        if pending:
            flush()

    def _read_one(self, place: Place, archive: Archive, known: set[Place]) -> ReadPlace:
        document = self.reader.read(archive.path(place[0]))
        if document.mark is None:
            return ReadPlace(place, document)
        if fault := _fault_of_mark(document.mark, place, known):
            return ReadPlace(place, replace(document, check_id="document.feedback_unknown", reason=fault))
        try:
            returned = read_returned(archive.path(place[0]), archive.path(document.mark.document_id), self.reader)
        except UnreadableDocumentError as error:
            return ReadPlace(place, replace(document, check_id="document.unreadable", reason=str(error)))
        note = f"退回的反馈表，只读取“说明”列（{len(returned.explanations)} 条）"
        return ReadPlace(place, replace(document, reason=note), returned)

    def _write_segment(self, documents: Sequence[ReadPlace], lake: Lake, ledger: Ledger, result: IngestResult) -> None:
        """Checks documents, writes their segment, and only then tells the ledger."""
        first_id = ledger.next_reading_id()
        name = f"{first_id:09d}"
        segment = Segment(self.contracts, self.reference, self.pseudonymiser)
        readings = {}
        for reading_id, read in enumerate(documents, start=first_id):
            place, document = read.place, read.document
            forms = (*document.forms, UNRECOGNISED) if document.has_unrecognised or document.mark else document.forms
            version = self.versions.of(place[1], forms)
            is_readable = document.check_id is None
            readings[reading_id] = Reading(reading_id, *place, version, is_readable, document.reason, name, forms)
            segment.add(reading_id, self.reference.collections[place[1]], document)
            if document.mark and read.returned:
                segment.add_returned(reading_id, document.mark, read.returned)
        tables = segment.check()
        lake.write_segment(name, tables)
        ledger.add_readings(readings.values())
        ledger.commit()
        result.issues.update(tables["issues"]["check_id"].to_pylist())
        for sheet in segment.sheets:
            reading = readings[sheet.placed.reading_id]
            cell = (sheet.placed.table.form, reading.collection_id, reading.unit_code)
            result.rows_read[cell] += sheet.placed.table.height
            result.rows_quarantined[cell] += sheet.rows_quarantined

    def _finish(self, lake: Lake, ledger: Ledger, result: IngestResult) -> None:
        """Tells SQL what is valid, and what of it was rejected or out of place."""
        arrivals, readings = ledger.arrivals(), ledger.readings()
        lake.write_snapshots(self.contracts, arrivals, readings)
        lake.remove_segments_but(reading.segment for reading in readings.values())
        paths = {(a.document_id, a.collection_id, a.unit_code): a.path for a in arrivals}
        result.rejected = sorted((paths[place], str(r.reason)) for place, r in readings.items() if not r.is_readable)
        result.unplaced = [(a.path, a.reason) for a in arrivals if a.reason]


def check_key(pseudonymiser: Pseudonymiser, ledger: Ledger) -> None:
    """KeyMismatchError when the lake was made with another key; a new lake remembers this one's fingerprint."""
    known = ledger.fact(KEY_FACT)
    if known and known != pseudonymiser.fingerprint:
        raise KeyMismatchError(
            f"EDU_PSEUDONYM_KEY is not the key the lake was made with (fingerprint {pseudonymiser.fingerprint}, "
            f"the lake has {known}). Set the old key again, or rotate on purpose with: make rotate-key"
        )
    ledger.set_fact(KEY_FACT, pseudonymiser.fingerprint)


def _ahead(pool: ThreadPoolExecutor, function: Callable[[Place], T], places: Iterable[Place]) -> Iterator[T]:
    """Maps in order, never more than a few documents ahead."""
    iterator = iter(places)
    running = [pool.submit(function, place) for place in islice(iterator, READ_AHEAD)]
    while running:
        done = running.pop(0).result()
        running += [pool.submit(function, place) for place in islice(iterator, 1)]
        yield done


def _fault_of_mark(mark: Mark, place: Place, known: set[Place]) -> str | None:
    """Why a feedback workbook that arrived at `place` answers nothing there."""
    if (mark.collection_id, mark.unit_code) != place[1:]:
        return f"反馈表是 {mark.collection_id} 学年 {mark.unit_code} 单位的，不属于本文件夹"
    if (mark.document_id, *place[1:]) not in known:
        return f"反馈表所指的文件（{mark.document_id[:12]}…）从未在本文件夹收到"
    return None
