"""What a feedback workbook has to say of a document: its issues, and how many there are of each kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ingest.reading.feedback_mark import FeedbackMark
from ingest.reading.reader import UNREADABLE
from ingest.reference import labels

SEVERITIES = labels("severity")
WEIGHTS = {**SEVERITIES, "explained": "已说明"}  # the worst first; each is the name of a look

Severity = Literal["fatal", "error", "query"]
Kind = tuple[Severity, str, str | None]  # severity, check and form, by which issues are counted


@dataclass(frozen=True, slots=True)
class FeedbackIssue:
    """One issue of the document; `issue_no` (12 hex digits) identifies it, `cell` is such as F12, `row_number` is from 1."""

    issue_no: str
    form: str | None
    sheet: str | None
    row_number: int | None
    column_name: str | None
    cell: str | None
    check_id: str
    severity: Severity
    message_zh: str
    value_masked: str | None
    explanation: str | None

    @property
    def weight(self) -> str:
        """The severity, or `explained` for a query with an explanation."""
        return "explained" if self.severity == "query" and self.explanation else self.severity

    @property
    def kind(self) -> Kind:
        """The kind of issues that it is counted among."""
        return self.severity, self.check_id, self.form


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How many issues of one check and form the document has in all, and how many of them are explained."""

    severity: Severity
    check_id: str
    form: str | None
    issues: int
    explained: int

    @property
    def weight(self) -> str:
        """The severity, or `explained` when all of them are."""
        return "explained" if self.explained == self.issues else self.severity

    @property
    def kind(self) -> Kind:
        """The kind of issues that it counts."""
        return self.severity, self.check_id, self.form


@dataclass(frozen=True)
class Feedback:
    """What the workbook says besides the document: `path` as the county sent it, `received_at` in UTC, and the issues.

    `counts` are of all issues; `issues` may be fewer, and are the ones to list, colour and comment. Of `slipped_rows`, by sheet and
    from 1, nothing may be shown: anything may stand anywhere in them. `is_before_sending`: it was checked and has not arrived.
    `forms` are those that the document was found to hold.
    """

    mark: FeedbackMark
    unit_name_zh: str
    collection_name_zh: str
    path: str
    received_at: dt.datetime
    issues: Sequence[FeedbackIssue]
    counts: Sequence[CheckCount]
    slipped_rows: Mapping[str, frozenset[int]] = field(default_factory=dict)
    is_before_sending: bool = False
    forms: tuple[str, ...] = ()

    @property
    def is_unreadable(self) -> bool:
        """Whether the document may not be opened again: it might take down whoever does."""
        return any(issue.check_id == UNREADABLE for issue in self.issues)

    @property
    def total(self) -> int:
        """How many issues the document has in all."""
        return sum(count.issues for count in self.counts)
