"""What passes between the processes of a check, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from orchestration.desk.check.documents import Document
from orchestration.desk.check.place import Place

Status = Literal["accepted", "replaced", "rejected", "marked", "repeated"]
NOT_JUDGED = ("replaced", "marked", "repeated")
"""No rows of these would count."""
Tables = dict[str, pa.Table]
"""By their place in the lake."""


@dataclass(frozen=True)
class Means:
    """What a check reads with; `key` is of this check alone, so that no pseudonym means anything elsewhere."""

    collection_id: str
    spec_dir: Path | None
    key: bytes


@dataclass(frozen=True)
class ReadResult:
    """A document as read: `reason` (Chinese) when it is rejected as a whole, `is_marked` when it is a feedback workbook and no data."""

    document: Document
    tables: Tables
    reason: str | None
    is_readable: bool
    is_marked: bool


@dataclass(frozen=True)
class Finish:
    """What to finish: documents as read, and `repeated` names of others with the same bytes.

    They are compared with the release that `current` (a link) leads to, if there is one; documents of `closed` (numbers) are not opened
    again.
    """

    results: Sequence[ReadResult]
    repeated: Mapping[str, str]
    place: Place
    means: Means
    current: Path
    closed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class FormRows:
    """The rows of a form: read, taken as a refresh would, and of those the ones of persons who have left."""

    form_zh: str
    rows_read: int
    rows_accepted: int
    rows_not_counted: int

    @property
    def rows_quarantined(self) -> int:
        """How many are set aside."""
        return self.rows_read - self.rows_accepted


@dataclass(frozen=True)
class Finding:
    """A kind of fault: its weight (of `fault_kinds.WEIGHTS`), the check's name, what is wrong and how to mend it, how often and where.

    `is_cut`: there are so many that not all were looked at.
    """

    weight: str
    check_zh: str
    text: str
    count: int
    places: str
    is_cut: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of one document, the most serious findings first.

    `workbook` is where its feedback lies; `fault` says why that could not be written.
    `reason`: why it is rejected, or which other document has the same bytes (`repeated`).
    """

    name: str
    status: Status
    reason: str | None = None
    forms: tuple[FormRows, ...] = ()
    findings: tuple[Finding, ...] = ()
    workbook: Path | None = None
    fault: str | None = None

    @property
    def is_at_fault(self) -> bool:
        """Whether something must be mended before it is sent: it is rejected, or rows would be set aside."""
        if self.status in NOT_JUDGED:
            return False
        is_wrong = any(finding.weight in ("fatal", "error") for finding in self.findings)
        return self.status == "rejected" or is_wrong or any(form.rows_quarantined for form in self.forms)


@dataclass(frozen=True)
class Report:
    """A check as a whole; `release_id` is the release whose register and figures it was compared with, if there is one."""

    place: Place
    release_id: str | None
    outcomes: Sequence[Outcome]

    @property
    def is_at_fault(self) -> bool:
        """Whether any document is."""
        return any(outcome.is_at_fault for outcome in self.outcomes)
