"""The whole of ingest: take in what is new, read what was not read under the present contracts, and bring the lake up to date."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa

from ingest import reading as reading_package
from ingest.checking.batch import Batch, Placed
from ingest.checking.check import check_batch, check_totals
from ingest.checking.identity import Pseudonymiser, load_key
from ingest.checking.issues import IssueList
from ingest.contract import Contract, load_contracts
from ingest.errors import KeyMismatchError, UnreadableDocumentError
from ingest.lake import COLUMN_SCHEMA, SHEET_SCHEMA, Lake
from ingest.landing.archive import Archive
from ingest.landing.arrive import Intake, take_in
from ingest.landing.ledger import Ledger, Reading
from ingest.landing.listing import LandingZone
from ingest.reading.document import is_workbook, open_document
from ingest.reading.recognise import SEARCHED_ROWS, HeadingIndex, recognise
from ingest.reading.rounded import mark_rounded_numbers
from ingest.reading.sheet import Sheet
from ingest.reading.table import Table, extract_table
from ingest.reference import Reference, load_reference
from ingest.settings import Settings

READER_VERSION = 1  # raise it when the same bytes and contracts would give other rows
SEGMENT_ROWS = 250_000
READER_THREADS = 2
READ_AHEAD = 16
UNRECOGNISED = "?"
KEY_FACT = "pseudonym_key_fingerprint"

Place = tuple[str, str, str]  # document, collection, unit
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ReadDocument:
    """What a document holds; `reason` when it is rejected as a whole, with the check that says so."""

    place: Place
    tables: tuple[Table, ...] = ()
    hidden_sheets: tuple[tuple[str, int], ...] = ()
    has_unrecognised: bool = False
    check_id: str | None = None
    reason: str | None = None

    @property
    def accepted_tables(self) -> list[Table]:
        return [table for table in self.tables if not table.recognised.missing_columns]

    @property
    def rows(self) -> int:
        return sum(table.height for table in self.tables)

    @property
    def forms(self) -> tuple[str, ...]:
        forms = sorted({table.form for table in self.tables})
        return (*forms, UNRECOGNISED) if self.has_unrecognised or not forms else tuple(forms)


@dataclass
class IngestResult:
    """What one run did, for logs and metadata: counts only."""

    intake: Intake
    documents_read: int = 0
    rows_read: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # by form, collection, unit
    rows_quarantined: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rejected: list[tuple[str, str]] = field(default_factory=list)  # path, reason
    unplaced: list[tuple[str, str]] = field(default_factory=list)


class Versions:
    """Says under which contracts a document was read, so that a change re-reads exactly what it concerns."""

    def __init__(self, contracts: dict[str, Contract], reference: Reference):
        package = Path(reading_package.__file__).parent
        words = [
            (package / "vocabulary.yaml").read_bytes(),
            (package.parent / "checking" / "thresholds.yaml").read_bytes(),
        ]
        base = _digest(READER_VERSION, *words, reference.digests["checks"])
        codes = {name: _digest(*rows) for name, rows in reference.codes.items()}
        codes |= {
            "reporting_units": _digest(*reference.units),
            "declared_targets": _digest(*reference.declared_targets.values()),
        }
        self.collections = {name: _digest(base, row) for name, row in reference.collections.items()}
        self.forms = {
            form: _digest(c.digest, *(codes[str(column.codes)] for column in c.columns if column.codes))
            for form, c in contracts.items()
        }
        self.forms[UNRECOGNISED] = _digest(*(column.headings for c in contracts.values() for column in c.columns))

    def of(self, collection_id: str, forms: Sequence[str]) -> str:
        return _digest(self.collections[collection_id], *(self.forms.get(form, form) for form in forms))


def _digest(*parts: object) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


class Ingest:
    """One run's surroundings: contracts, reference data, archive, lake and key. Opening it checks them all."""

    def __init__(self, settings: Settings, progress: Progress = print):
        self.settings = settings
        self.progress = progress
        self.contracts = load_contracts()
        self.reference = load_reference(settings.spec_dir)
        self.pseudonymiser = Pseudonymiser(load_key(settings.pseudonym_key, settings.data_dir, progress))
        self.index = HeadingIndex.of(self.contracts)
        self.versions = Versions(self.contracts, self.reference)
        self.archive = Archive(settings.archive_dir)
        self.lake = Lake(settings.lake_dir, self.contracts)

    def run(self, reread: Callable[[Place], bool] = lambda place: False) -> IngestResult:
        """Takes in and reads everything new, and what `reread` asks for; the lake is up to date afterwards.

        LandingError, KeyMismatchError or ConfigurationError leave the lake as it was.
        """
        zone = LandingZone(self.settings.landing_url)
        zone.list()  # an unreachable zone is told before anything is made
        with Ledger(self.settings.ledger_path) as ledger:
            check_key(self.pseudonymiser, ledger)
            self.lake.remove_segments_but(reading.segment for reading in ledger.readings().values())
            result = IngestResult(take_in(zone, self.archive, ledger, self.reference))
            self.progress(f"收到 {result.intake.files_listed} 个文件，其中新文件 {result.intake.files_new} 个")
            arrivals = ledger.arrivals()
            due = self._due(ledger, reread)
            self._read(due, ledger, result)
            readings = ledger.readings()
            self.lake.write_snapshots(self.contracts, arrivals, readings)
            self.lake.remove_segments_but(reading.segment for reading in readings.values())
        paths = {(a.document_id, a.collection_id, a.unit_code): a.path for a in arrivals}
        result.rejected = sorted((paths[place], str(r.reason)) for place, r in readings.items() if not r.is_readable)
        result.unplaced = [(a.path, a.reason) for a in arrivals if a.reason]
        return result

    def _due(self, ledger: Ledger, reread: Callable[[Place], bool]) -> list[Place]:
        """Documents never read in their collection and unit, or read under other contracts, in order of arrival."""
        readings = ledger.readings()
        places = dict.fromkeys(
            (a.document_id, a.collection_id, a.unit_code) for a in ledger.arrivals() if a.collection_id and a.unit_code
        )
        due = []
        for place in places:
            reading = readings.get(place)  # type: ignore[arg-type]
            if (
                reading is None
                or reading.version != self.versions.of(reading.collection_id, reading.forms)
                or reread(place)
            ):  # type: ignore[arg-type]
                due.append(place)
        return due  # type: ignore[return-value]

    def _read(self, due: list[Place], ledger: Ledger, result: IngestResult) -> None:
        """Reads in threads (the spreadsheet reader lets go of the interpreter), writes a segment whenever enough rows came together."""
        pending: list[ReadDocument] = []
        with ThreadPoolExecutor(READER_THREADS) as pool:
            for document in _ahead(pool, self._read_document, due):
                pending.append(document)
                result.documents_read += 1
                if sum(document.rows for document in pending) >= SEGMENT_ROWS:
                    self._write_segment(pending, ledger, result)
                    self.progress(f"已读 {result.documents_read}/{len(due)} 份文件，{result.rows_read.total()} 行")
                    pending = []
        if pending:
            self._write_segment(pending, ledger, result)
            self.progress(f"已读 {result.documents_read}/{len(due)} 份文件，{result.rows_read.total()} 行")

    # -- one document
    def _read_document(self, place: Place) -> ReadDocument:
        path = self.archive.path(place[0])
        try:
            sheets = open_document(path)
        except UnreadableDocumentError as error:
            return ReadDocument(place, check_id="document.unreadable", reason=str(error))
        tables, has_unrecognised = [], False
        for sheet in sheets:
            if sheet.is_hidden or not sheet.height:
                continue
            table = self._table(path, sheet)
            has_unrecognised |= table is None
            if table is not None:
                tables.append(table)
        hidden = tuple((sheet.name, sheet.sheet_no) for sheet in sheets if sheet.is_hidden)
        document = ReadDocument(place, tuple(tables), hidden, has_unrecognised)
        if document.accepted_tables:
            return document
        if tables:
            missing = "、".join(column.heading_zh for table in tables for column in table.recognised.missing_columns)
            return ReadDocument(
                place, tuple(tables), hidden, has_unrecognised, "document.missing_column", f"缺少必填列：{missing}"
            )
        return ReadDocument(place, (), hidden, True, "document.unrecognised", "没有一张工作表能对应到规定的表")

    def _table(self, path: Path, sheet: Sheet) -> Table | None:
        head = sheet.head(SEARCHED_ROWS + 3)
        recognised = recognise(head, self.index, self.contracts)
        if recognised is None:
            return None
        table = extract_table(sheet, recognised, head)
        return mark_rounded_numbers(path, table) if is_workbook(path) else table

    # -- a segment of documents
    def _write_segment(self, documents: Sequence[ReadDocument], ledger: Ledger, result: IngestResult) -> None:
        first_id = ledger.next_reading_id()
        segment = f"{first_id:09d}"
        issues = IssueList(self.reference)
        placed_by_form: dict[str, list[Placed]] = {}
        readings, sheets = [], []
        for reading_id, document in enumerate(documents, start=first_id):
            _, collection_id, unit_code = document.place
            version = self.versions.of(collection_id, document.forms)
            readings.append(
                Reading(
                    reading_id,
                    *document.place,
                    version,
                    document.reason is None,
                    document.reason,
                    segment,
                    document.forms,
                )
            )
            self._document_issues(reading_id, document, issues)
            for table in document.tables:
                placed = Placed(reading_id, self.reference.collections[collection_id], table)
                cell = (table.form, collection_id, unit_code)
                result.rows_read[cell] += table.height
                if table.recognised.missing_columns:
                    result.rows_quarantined[cell] += table.height
                    sheets.append(_sheet_row(placed, False, table.height))
                    self._missing_columns(placed, issues)
                else:
                    placed_by_form.setdefault(table.form, []).append(placed)
        tables = self._check(placed_by_form, issues, sheets, result, {r.reading_id: r.unit_code for r in readings})
        tables["sheets"] = pa.Table.from_pylist(sheets, SHEET_SCHEMA)
        tables["columns"] = pa.Table.from_pylist(
            [row for ps in placed_by_form.values() for p in ps for row in _column_rows(p)], COLUMN_SCHEMA
        )
        tables["issues"] = issues.table()
        self.lake.write_segment(segment, tables)
        ledger.add_readings(readings)
        ledger.commit()

    def _check(
        self,
        placed_by_form: dict[str, list[Placed]],
        issues: IssueList,
        sheets: list[dict[str, object]],
        result: IngestResult,
        unit_of: dict[int, str],
    ) -> dict[str, pa.Table]:
        tables = {}
        for form, placed in placed_by_form.items():
            checked = check_batch(Batch(self.contracts[form], placed), self.reference, self.pseudonymiser, issues)
            tables[f"rows/{form}"] = checked.rows
            for p, quarantined in zip(placed, checked.quarantined.tolist(), strict=True):
                sheets.append(_sheet_row(p, True, quarantined))
                result.rows_quarantined[form, p.collection.collection_id, unit_of[p.reading_id]] += quarantined
                check_totals(p, issues)
                for heading in p.table.unknown_headings:
                    issues.add_unknown_column(p, heading)
        return tables

    def _document_issues(self, reading_id: int, document: ReadDocument, issues: IssueList) -> None:
        if document.check_id and document.check_id != "document.missing_column":
            issues.add_document(reading_id, document.check_id, document.reason or "")
        for name, sheet_no in document.hidden_sheets:
            issues.add_sheet(reading_id, "document.hidden_sheet", name, sheet_no, name)

    def _missing_columns(self, placed: Placed, issues: IssueList) -> None:
        for column in placed.table.recognised.missing_columns:
            issues.add_missing_column(placed, column)


def check_key(pseudonymiser: Pseudonymiser, ledger: Ledger) -> None:
    """KeyMismatchError when the lake was made with another key; a new lake remembers this one's fingerprint."""
    known = ledger.fact(KEY_FACT)
    if known and known != pseudonymiser.fingerprint:
        raise KeyMismatchError(
            f"EDU_PSEUDONYM_KEY is not the key the lake was made with (fingerprint {pseudonymiser.fingerprint}, the lake has {known}). "
            "Set the old key again, or rotate on purpose with: make rotate-key"
        )
    ledger.set_fact(KEY_FACT, pseudonymiser.fingerprint)


def _ahead(
    pool: ThreadPoolExecutor, function: Callable[[Place], ReadDocument], places: Iterable[Place]
) -> Iterator[ReadDocument]:
    """Maps in order, never more than a few documents ahead, so that memory does not grow with the number of documents."""
    iterator = iter(places)
    running = [pool.submit(function, place) for place in islice(iterator, READ_AHEAD)]
    while running:
        done = running.pop(0).result()
        running += [pool.submit(function, place) for place in islice(iterator, 1)]
        yield done


def _sheet_row(placed: Placed, is_accepted: bool, rows_quarantined: int) -> dict[str, object]:
    table = placed.table
    return {
        "reading_id": placed.reading_id,
        "sheet_no": table.sheet_no,
        "sheet": table.sheet,
        "form": table.form,
        "is_accepted": is_accepted,
        "rows_read": table.height,
        "rows_quarantined": rows_quarantined,
    }


def _column_rows(placed: Placed) -> Iterator[dict[str, object]]:
    for name, letter in placed.table.letters.items():
        where = {"reading_id": placed.reading_id, "sheet_no": placed.table.sheet_no, "form": placed.table.form}
        yield where | {"column_name": name, "column_letter": letter}
