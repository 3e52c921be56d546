"""Feedback workbooks: one for each document with issues, under feedback/<collection>/<unit>/, for their owner alone.

A workbook is rewritten when what it says has changed, and removed when there is nothing left to say. They are
never part of a release; the release they were made from stands in each of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from functools import cache
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import duckdb

from ingest.contracts.contract import load_contracts
from ingest.landing.archive import Archive
from ingest.reading.feedback_mark import FeedbackMark
from ingest.reading.reader import Reader
from ingest.reference import Reference, load_reference
from ingest.settings import Settings
from ingest.storage.files import UNFINISHED, private_dir, remove_unfinished, replacing
from ingest.values.parse import mask_digits
from ingest.workbooks.fault_kinds import personal_forms
from ingest.workbooks.faults import CheckCount, Feedback, FeedbackIssue
from ingest.workbooks.feedback import write_feedback
from ingest.workbooks.masked import masked_sheets
from ingest.workers import WORKERS_MAX, Workers
from orchestration.publishing.manifest import current_release, existing_release
from orchestration.runtime.duckdb_limits import apply_limits

LAYOUT_VERSION = 4  # raise it when the same issues would give another workbook
NAME_CHARACTERS = 60
INDEX = "feedback.json"
UNIT_PAGE, UNIT_WORKBOOK, UNIT_ZIP = (
    "报送情况.html",
    "报送情况.xlsx",
    "报送情况与反馈.zip",
)  # beside them; the zip's name ends so
REPORT_EVERY = 200
LISTED_MAX = 10_000  # issues of one check, form and document: more than anybody goes through one by one
FEW = 30  # written in one process: a second takes longer to start
Task = tuple[Settings, Path, Feedback]
Said = TypeVar("Said", FeedbackIssue, CheckCount)
DOCUMENTS = """
select document_id, collection_id, unit_code, path, received_at, forms
from quality.documents
where (document_id, collection_id, unit_code) in (select (document_id, collection_id, unit_code) from quality.issues where not is_replaced)
order by collection_id, unit_code, path
"""
ISSUES = """
select document_id, issue_no, form, sheet, row_number, column_name, cell, check_id, severity, message_zh, value_masked, explanation
from quality.issues
where collection_id = $1 and unit_code = $2 and not is_replaced
qualify row_number() over (partition by document_id, severity, check_id, form order by row_number, cell, issue_no) <= $3
order by all
"""
COUNTS = """
select document_id, severity, check_id, form, count(*), count(explanation)
from quality.issues
where collection_id = $1 and unit_code = $2 and not is_replaced
group by all
order by all
"""

# As `ingest.checking.issues.slipped_rows` has it.
SLIPPED = """
select document_id, sheet, row_number
from quality.issues
where collection_id = $1 and unit_code = $2 and not is_replaced and row_number is not null and list_contains($3, form)
group by all
having
    count(distinct column_name) filter (where severity = 'error') > 1
    or bool_or(check_id = 'cell.required' and list_contains($4, column_name))
"""


@dataclass
class FeedbackResult:
    """Where the workbooks lie, and how many were written, kept as they were, and removed."""

    folder: Path
    written: list[Path] = field(default_factory=list)
    kept: int = 0
    removed: int = 0


def write_feedback_workbooks(settings: Settings, report: Callable[[str], None] = print) -> FeedbackResult:
    """Brings the feedback workbooks up to date with the current release; ReleaseError before the first one."""
    release = existing_release(settings)
    index = _Index(settings.work_dir / INDEX)
    result = FeedbackResult(private_dir(settings.data_dir / "feedback"))
    for target in _write_all(_due(settings, release, index, result)):
        result.written.append(target)
        if len(result.written) % REPORT_EVERY == 0:
            report(f"已写 {len(result.written)} 份反馈表")
    result.removed = _remove_others(result.folder, index)
    index.save(release.name)
    report(f"反馈表：新写 {len(result.written)} 份，未变 {result.kept} 份，撤除 {result.removed} 份")
    return result


def is_current(settings: Settings) -> bool:
    """Whether the workbooks follow the current release; not so after a run that was killed between the two."""
    release = current_release(settings)
    return release is None or _Index(settings.work_dir / INDEX).release == release.name


def _due(settings: Settings, release: Path, index: _Index, result: FeedbackResult) -> Iterator[Task]:
    """What has something else to say than before."""
    for feedback in _wanted(settings, release):
        name = workbook_name(feedback)
        target = result.folder / name
        if index.is_current(name, feedback) and target.exists():
            result.kept += 1
        else:
            private_dir(private_dir(target.parents[1]) / target.parent.name)
            yield settings, target, feedback
        index.remember(name, feedback)


def _write_all(tasks: Iterator[Task]) -> Iterator[Path]:
    """Writes the workbooks in processes of their own: writing keeps the interpreter to itself, and a document may take it down."""
    first = list(islice(tasks, FEW + 1))
    with Workers(most=WORKERS_MAX if len(first) > FEW else 1) as workers:
        for done in workers.spread(_write, chain(first, tasks)):
            yield done.result or _write_without_sheets(done.task)


def _write(task: Task) -> Path:
    settings, target, feedback = task
    archive, reader, reference = _tools(settings)
    with archive.local(feedback.mark.document_id) as source:
        sheets = [] if feedback.is_unreadable else masked_sheets(source, reader)
        write_feedback(sheets, target, feedback, reader, reference)
    return target


def _write_without_sheets(task: Task) -> Path:
    """What there is to say of a document that can be read but not shown."""
    settings, target, feedback = task
    _, reader, reference = _tools(settings)
    write_feedback([], target, feedback, reader, reference)
    return target


@cache
def _tools(settings: Settings) -> tuple[Archive, Reader, Reference]:
    reference = load_reference(settings.spec_dir)
    return Archive.of(settings), Reader(load_contracts(), reference), reference


def _wanted(settings: Settings, release: Path) -> Iterator[Feedback]:
    """What there is to say, document by document."""
    database = release / "warehouse.duckdb"
    with duckdb.connect(str(database), read_only=True) as db:
        apply_limits(db, settings, database)
        yield from wanted(db, release.name, load_reference(settings.spec_dir))


def wanted(
    db: duckdb.DuckDBPyConnection, release_id: str, reference: Reference, listed_max: int = LISTED_MAX
) -> Iterator[Feedback]:
    """What there is to say of every document that has issues in `quality`; of a unit that is none its name is blank.

    Of one kind of issue in a document the first `listed_max` are among it, and the count of all.
    """
    documents = db.execute(DOCUMENTS).fetchall()
    for place, of_unit in groupby(documents, key=itemgetter(1, 2)):
        issues = _by_document(FeedbackIssue, db.execute(ISSUES, [*place, listed_max]).fetchall())
        counts = _by_document(CheckCount, db.execute(COUNTS, place).fetchall())
        slipped = _slipped(db.execute(SLIPPED, [*place, *_about_persons()]).fetchall())
        for document_id, collection_id, unit_code, path, received_at, forms in of_unit:
            unit = reference.units.get(unit_code)
            yield Feedback(
                mark=FeedbackMark(document_id, collection_id, unit_code, release_id),
                unit_name_zh=unit.name_zh if unit else "",
                collection_name_zh=reference.collections[collection_id].name_zh,
                path=path,
                received_at=received_at.replace(tzinfo=UTC),
                issues=issues[document_id],
                counts=counts[document_id],
                slipped_rows=slipped.get(document_id, {}),
                forms=tuple(filter(None, (forms or "").split(";"))),
            )


def _about_persons() -> tuple[list[str], list[str]]:
    """The forms about persons, and the names of the columns that hold their names."""
    columns = (column for contract in load_contracts().values() for column in contract.columns)
    return list(personal_forms(load_contracts())), sorted(
        {column.name for column in columns if column.pii == "drop" and column.required}
    )


def _slipped(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, frozenset[int]]]:
    """Rows that slipped by a column, by document and sheet."""
    found: dict[str, dict[str, set[int]]] = {}
    for document_id, sheet, row_number in rows:
        found.setdefault(document_id, {}).setdefault(sheet, set()).add(row_number)
    return {
        document: {sheet: frozenset(on_it) for sheet, on_it in sheets.items()} for document, sheets in found.items()
    }


def _by_document(kind: type[Said], rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Said]]:
    """What is said of each document; a row begins with its identity."""
    said: dict[str, list[Said]] = {}
    for document_id, *values in rows:
        said.setdefault(document_id, []).append(kind(*values))
    return said


def workbook_name(feedback: Feedback) -> str:
    """Path below the feedback folder, by which a clerk finds it: the form, the document's own name, and the head of its digest.

    The own name alone where it names the form, or where there are several; what names say is not relied on, so the digest tells.
    Windows takes it, and so do links.
    """
    stem = PurePosixPath(PurePosixPath(feedback.path.replace("!", "/")).name).stem
    if len(feedback.forms) == 1:
        form = load_contracts()[feedback.forms[0]].name_zh
        stem = stem if form in stem else f"{form} {stem}"
    name = legal_name(mask_digits(stem))[:NAME_CHARACTERS].strip(". ")
    mark = feedback.mark
    return f"{mark.collection_id}/{mark.unit_code}/{name}（反馈 {mark.document_id[:8]}）.xlsx"


def legal_name(name: str) -> str:
    """A name without the characters that Windows or a link does not take."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*#%]', "_", name)


class _Index:
    """What each workbook said when it was written, as a digest, and the release that they all follow."""

    def __init__(self, path: Path):
        self.path = path
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.release: str | None = known.get("release")
        self.before: dict[str, str] = known.get("said", {})
        self.now: dict[str, str] = {}

    def is_current(self, name: str, feedback: Feedback) -> bool:
        return self.before.get(name) == _digest(feedback)

    def remember(self, name: str, feedback: Feedback) -> None:
        self.now[name] = _digest(feedback)

    def save(self, release: str) -> None:
        remove_unfinished(private_dir(self.path.parent))
        known = {"release": release, "said": self.now}
        with replacing(self.path) as temporary:
            temporary.write_text(json.dumps(known, ensure_ascii=False, indent=0), encoding="utf-8")


def _digest(feedback: Feedback) -> str:
    """Of all that a workbook says but the release."""
    said: tuple[Any, ...] = (LAYOUT_VERSION, feedback.path, feedback.received_at, *feedback.counts, *feedback.issues)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _remove_others(folder: Path, index: _Index) -> int:
    """Removes workbooks of documents that were replaced, or whose issues are gone; the unit's page and zip are not among them."""
    others = [
        path
        for path in folder.rglob("*")
        if path.is_file() and str(path.relative_to(folder)) not in index.now and not is_of_unit(path.name)
    ]
    for path in others:
        path.unlink()
    return len(others)


def is_of_unit(name: str) -> bool:
    """Whether a file in a unit's folder is about the unit as a whole, and not about one document."""
    return not name.startswith(UNFINISHED) and (name in (UNIT_PAGE, UNIT_WORKBOOK) or name.endswith(UNIT_ZIP))
