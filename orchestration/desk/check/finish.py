"""The end of a check, in a process apart: what shows beside the release, said in sentences and in feedback workbooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePosixPath

import duckdb

from ingest.errors import in_a_sentence
from ingest.values.parse import mask_digits
from ingest.workbooks.fault_kinds import personal_forms
from ingest.workbooks.faults import Feedback
from ingest.workbooks.feedback import write_feedback
from ingest.workbooks.masked import MaskedSheet, masked_sheets
from ingest.workers import stage
from orchestration.desk.check.documents import Document
from orchestration.desk.check.findings import findings
from orchestration.desk.check.outcome import Finish, FormRows, Outcome, ReadResult, Report
from orchestration.desk.check.place import Place
from orchestration.desk.check.read import Tools, tools
from orchestration.desk.check.rules import relation, warehouse
from orchestration.desk.feedback import wanted

MARKED = "这是反馈表，不是数据，未作检查。请检查并报送本单位自己的表"
REPLACED = "同时检查的较新的文件会取代其中的全部内容"
NO_UNIT = "未指明单位"
MADE_BY = "自查"
NAME_CHARACTERS = 60
UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
STATUSES = "select document_id, status, reason from quality.documents"
ROWS = """
select documents.document_id, forms.name_zh, sum(parts.rows_read), sum(parts.rows_accepted), sum(parts.rows_not_counted)
from {checked_parts} as parts
inner join lake."readings" as documents on parts.reading_id = documents.reading_id
inner join lake."forms" as forms on parts.form = forms.form
group by all
having sum(parts.rows_read) > 0
order by min(forms.sequence)
"""


def finish(task: Finish) -> Report:
    """What came of each document, in their order, with its feedback workbook beside the file where there is something to say."""
    with_what = tools(task.means.spec_dir)
    release = task.current.resolve() if task.current.exists() else None
    data = [result for result in task.results if not result.is_marked]
    with stage("rules"):
        judged = _judged(data, task.place, with_what, release)
    outcomes = [
        Outcome(mask_digits(result.document.name), "marked", MARKED) for result in task.results if result.is_marked
    ]
    for result, (outcome, feedback) in zip(data, judged, strict=True):
        number = result.document.number
        with stage(number):
            outcomes.append(_with_workbook(outcome, result.document, feedback, with_what, number not in task.closed))
    outcomes += [Outcome(mask_digits(name), "repeated", mask_digits(other)) for name, other in task.repeated.items()]
    return Report(task.place, release.name if release else None, tuple(outcomes))


def _judged(
    data: Sequence[ReadResult], place: Place, with_what: Tools, release: Path | None
) -> list[tuple[Outcome, Feedback | None]]:
    """Each document as a refresh would take it, and what its feedback has to say."""
    with warehouse(data, place, with_what, release) as db:
        statuses = {document_id: about for document_id, *about in db.execute(STATUSES).fetchall()}
        rows = _form_rows(db)
        said = {feedback.mark.document_id: feedback for feedback in wanted(db, MADE_BY, with_what.reference)}
    personal = personal_forms(with_what.contracts)
    judged = []
    for document in (result.document for result in data):
        feedback = said.get(document.document_id)
        found = findings(feedback, with_what.reference, personal) if feedback else []
        status, reason = statuses[document.document_id]
        forms = tuple(rows.get(document.document_id, ()))
        outcome = Outcome(
            mask_digits(document.name), status, REPLACED if status == "replaced" else reason, forms, tuple(found)
        )
        judged.append((outcome, feedback and _before_sending(feedback)))
    return judged


def _before_sending(feedback: Feedback) -> Feedback:
    return replace(feedback, is_before_sending=True, unit_name_zh=feedback.unit_name_zh or NO_UNIT)


def _form_rows(db: duckdb.DuckDBPyConnection) -> dict[str, list[FormRows]]:
    """Rows by document and form."""
    found: dict[str, list[FormRows]] = {}
    for document_id, *row in db.execute(ROWS.format(checked_parts=relation("checked_parts"))).fetchall():
        found.setdefault(document_id, []).append(FormRows(*row))
    return found


def _with_workbook(
    outcome: Outcome, document: Document, feedback: Feedback | None, with_what: Tools, is_opened: bool
) -> Outcome:
    """The outcome with its feedback workbook, written beside the file; without its sheets where it may not be opened again."""
    if feedback is None:
        return outcome
    target = _target(document)
    try:
        sheets = _sheets(document, feedback, with_what) if is_opened else []
        write_feedback(sheets, target, feedback, with_what.reader, with_what.reference)
    except OSError as error:
        return replace(outcome, fault=in_a_sentence(error))
    return replace(outcome, workbook=target)


def _sheets(document: Document, feedback: Feedback, with_what: Tools) -> list[MaskedSheet]:
    """The sheets on which something is at fault."""
    concerned = {issue.sheet for issue in feedback.issues if issue.sheet}
    if not concerned or feedback.is_unreadable:
        return []
    return [sheet for sheet in masked_sheets(document.path, with_what.reader) if sheet.name in concerned]


def _target(document: Document) -> Path:
    """A name beside the file that nothing has yet."""
    outer, _, member = document.name.partition("!") if document.path != document.source else (document.name, "", "")
    stem = " ".join(PurePosixPath(name).stem for name in (outer, member) if name)
    stem = UNFIT.sub("_", stem)[:NAME_CHARACTERS]
    names = (f"{stem}（自查反馈{f' {number}' if number > 1 else ''}）.xlsx" for number in count(1))
    return next(path for name in names if not (path := document.source.with_name(name)).exists())
