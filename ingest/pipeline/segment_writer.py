"""Writing segments: documents are read one after another, checked together form by form, and written to the lake.

This is the part of ingest that several processes can do at once: each writes files of its own, and the ledger, which alone makes a
segment count, is kept by the process that gave out the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from pathlib import Path

from ingest.batching import batched_by_size
from ingest.checking.pseudonyms import Pseudonymiser
from ingest.checking.segment import Segment
from ingest.contracts.contract import load_contracts
from ingest.errors import UnreadableDocumentError
from ingest.lake.lake import Lake, segment_name
from ingest.landing.archive import Archive
from ingest.landing.ledger import Ledger, Reading
from ingest.landing.zips import fault_of_zip
from ingest.limits import DOCUMENT_CPU_SECONDS, DOCUMENT_MEMORY_BYTES
from ingest.pipeline.versions import UNRECOGNISED, Versions
from ingest.reading.document import LARGE_TEXT_BYTES, is_large_text
from ingest.reading.feedback_mark import FeedbackMark
from ingest.reading.reader import UNREADABLE, ReadDocument, Reader, unreadable
from ingest.reading.returned import Returned
from ingest.reference import load_reference
from ingest.settings import Settings
from ingest.workbooks.returned import read_returned
from ingest.workers import Failure, stage

SEGMENT_ROWS = 50_000
FAULTS = {  # what reading a document did to its reader
    "out_of_time": f"读取用时超过 {DOCUMENT_CPU_SECONDS} 秒的上限，已中止。文件可能已损坏或结构异常",
    "out_of_memory": f"读取所需内存超过 {DOCUMENT_MEMORY_BYTES >> 30} GB 的上限，已中止。文件可能已损坏，或有远离表格的单元格",
    "died": "读取程序被文件中断（{detail}）。文件可能已损坏，或单元格的范围过大",
    "raised": "读取时出错（{detail}）。文件可能已损坏或不完整",
}

PlacedDocument = tuple[str, str, str]  # document, collection, unit
Partition = tuple[str, str]  # collection, unit
PartitionOfForm = tuple[str, str, str]  # form, collection, unit


@dataclass(frozen=True)
class Due:
    """A document that is to be read in its collection and unit, and the id that the reading will have.

    `fault` (Chinese) says what reading it did to its reader, twice: it is not read again, but rejected with that.
    """

    reading_id: int
    place: PlacedDocument
    size_bytes: int
    fault: str | None = None


@dataclass(frozen=True)
class ReadPlace:
    """A document as read in its collection and unit; `returned` is what a feedback workbook that came back says."""

    due: Due
    document: ReadDocument
    returned: Returned | None = None


@dataclass(frozen=True)
class WrittenSegment:
    """What a segment holds, for the ledger and for metadata: rows by form, collection and unit, issues by check."""

    readings: tuple[Reading, ...]
    rows_read: Counter[PartitionOfForm]
    rows_quarantined: Counter[PartitionOfForm]
    issues: Counter[str]


class SegmentWriter:
    """Reads and writes under the present contracts and code lists."""

    def __init__(self, settings: Settings, key: bytes):
        self.settings = settings
        self.contracts = load_contracts()
        self.reference = load_reference(settings.spec_dir)
        self.pseudonymiser = Pseudonymiser(key)
        self.versions = Versions(self.contracts, self.reference)
        self.reader = Reader(self.contracts, self.reference)
        self.archive = Archive.of(settings)
        self.lake = Lake.of(settings, self.contracts)

    def write(self, due: Sequence[Due]) -> list[WrittenSegment]:
        """Reads documents; whenever enough rows came together they become a segment, so that memory stays bounded.

        A large document is a segment of its own.
        """
        small = [each for each in due if each.size_bytes < LARGE_TEXT_BYTES]
        large = [each for each in due if each.size_bytes >= LARGE_TEXT_BYTES]
        batches = batched_by_size(map(self._read, small), attrgetter("document.rows"), SEGMENT_ROWS)
        segments = [self._write_segment([batch]) for batch in batches]
        return segments + [self._write_large(each) for each in large]

    def _write_large(self, due: Due) -> WrittenSegment:
        try:
            with stage(due.reading_id):
                return self._write_segment(self._parts(due))
        except UnreadableDocumentError as error:  # some way into it
            return self._write_segment([[ReadPlace(due, unreadable(str(error)))]])

    def _parts(self, due: Due) -> Iterator[list[ReadPlace]]:
        document_id, *_ = due.place
        with self.archive.local(document_id) as path:
            if is_large_text(path) and not due.fault:
                yield from ([ReadPlace(due, part)] for part in self.reader.read_in_parts(path))
            else:
                yield [self._read(due)]

    def _read(self, due: Due) -> ReadPlace:
        document_id, *_ = due.place
        if due.fault:
            return ReadPlace(due, unreadable(due.fault))
        with stage(due.reading_id), self.archive.local(document_id) as path:
            document = read_document(self.reader, path)
            if document.mark is None:
                return ReadPlace(due, document)
            return self._read_returned(due, document, document.mark, path)

    def _read_returned(self, due: Due, document: ReadDocument, mark: FeedbackMark, path: Path) -> ReadPlace:
        """The feedback workbook at `path`, which goes with the document that its mark names."""
        if fault := self._fault_of_mark(mark, due.place):
            return ReadPlace(due, replace(document, check_id="document.feedback_unknown", reason=fault))
        try:
            with self.archive.local(mark.document_id) as asked:
                returned = read_returned(path, asked, self.reader)
        except UnreadableDocumentError as error:
            return ReadPlace(due, replace(document, check_id=UNREADABLE, reason=str(error)))
        note = f"退回的反馈表，只读取“说明”列（{len(returned.explanations)} 条）"
        return ReadPlace(due, replace(document, reason=note), returned)

    def _write_segment(self, portions: Iterable[Sequence[ReadPlace]]) -> WrittenSegment:
        """Checks documents, one portion after another, and writes them; nobody knows the segment until the ledger does."""
        portions = iter(portions)
        first = next(portions)
        name = segment_name(first[0].due.reading_id)
        segment = Segment(self.contracts, self.reference, self.pseudonymiser)
        readings: dict[int, Reading] = {}
        issues = Counter[str]()
        with self.lake.growing_segment(name) as growing:
            for documents in chain([first], portions):
                for read in documents:
                    readings.setdefault(read.due.reading_id, self._reading(read, name))
                    self._add(segment, read)
                tables = segment.check()
                growing.append(tables)
                issues += Counter(tables["issues"]["check_id"].to_pylist())
            tables = segment.finish()
            growing.append(tables)
            issues += Counter(tables["issues"]["check_id"].to_pylist())
        rows_read, rows_quarantined = Counter[PartitionOfForm](), Counter[PartitionOfForm]()
        for sheet in segment.sheets:
            reading = readings[sheet.reading_id]
            cell = (sheet.form, reading.collection_id, reading.unit_code)
            rows_read[cell] += sheet.rows_read
            rows_quarantined[cell] += sheet.rows_quarantined
        return WrittenSegment(tuple(readings.values()), rows_read, rows_quarantined, issues)

    def _add(self, segment: Segment, read: ReadPlace) -> None:
        reading_id, (_, collection_id, _) = read.due.reading_id, read.due.place
        segment.add(reading_id, self.reference.collections[collection_id], read.document)
        if read.document.mark and read.returned:
            segment.add_returned(reading_id, read.document.mark, read.returned)

    def _reading(self, read: ReadPlace, segment: str) -> Reading:
        document = read.document
        forms = (*document.forms, UNRECOGNISED) if document.has_unrecognised or document.mark else document.forms
        version = self.versions.of(read.due.place[1], forms)
        is_readable = document.check_id is None
        return Reading(read.due.reading_id, *read.due.place, version, is_readable, document.reason, segment, forms)

    def _fault_of_mark(self, mark: FeedbackMark, place: PlacedDocument) -> str | None:
        """Why a feedback workbook that arrived at `place` answers nothing there."""
        if (mark.collection_id, mark.unit_code) != place[1:]:
            return f"反馈表是 {mark.collection_id} 学年 {mark.unit_code} 单位的，不属于本文件夹"
        with Ledger.of(self.settings) as ledger:
            if (mark.document_id, *place[1:]) not in ledger.places():
                return f"反馈表所指的文件（{mark.document_id[:12]}…）从未在本文件夹收到"
        return None


def read_document(reader: Reader, path: Path) -> ReadDocument:
    """The document at `path`; of a zip with nothing in it, or of a broken member, what is wrong with that."""
    document = reader.read(path)
    fault = fault_of_zip(path) if document.check_id else None
    return unreadable(fault) if fault else document


def reason_of(failure: Failure) -> str:
    """Why a document that took its reader down is rejected (Chinese)."""
    cause = "out_of_memory" if "MemoryError" in failure.detail else failure.cause
    return FAULTS[cause].format(detail=failure.detail)
