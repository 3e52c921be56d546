"""What is wrong with a document in a few sentences: one a kind of fault, with its count, the most serious first.

Nothing of a person is said: of the forms about persons no value at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.contracts.contract import Contract
from ingest.values.parse import mask_digits
from ingest.workbooks.faults import Feedback, FeedbackIssue

WEIGHTS = ("fatal", "error", "query", "note")
"""How serious a finding is, the most serious first; a note asks for no answer."""
NOTES = ("document.unknown_column", "document.hidden_sheet")
ABOUT_COLUMNS = ("document.unknown_column", "document.missing_column")
COLUMN = re.compile("列“([^”]+)”")
SOME_VALUE = "“…”"
UNSHOWN = ("“***”", "“（不显示）”")
NAMES_MAX = 8
OPTIONS_MAX = 8
OPTIONS = re.compile(rf"[^：。、“”]+(?:、[^：。、“”]+){{{OPTIONS_MAX},}}")
SCHOOL = re.compile("[0-9]{10}")
Key = tuple[str, str, str | None, str]
"""Weight, check, form and general message."""


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault: its weight (of WEIGHTS), what is wrong and how to mend it, how often, and the issues that were listed of it.

    `is_cut`: there are so many that not all were looked at.
    """

    weight: str
    check_id: str
    form: str | None
    text: str
    count: int
    issues: tuple[FeedbackIssue, ...]
    is_cut: bool = False

    @property
    def is_explained(self) -> bool:
        """Whether the county has explained all of it that is listed."""
        return all(issue.weight == "explained" for issue in self.issues)


def fault_kinds(feedback: Feedback, personal: Collection[str]) -> list[FaultKind]:
    """One for each kind of what `feedback` lists, the most serious and frequent first; `personal` are the forms about persons."""
    kinds: dict[Key, list[FeedbackIssue]] = {}
    for issue in feedback.issues:
        kinds.setdefault((_weight(issue), issue.check_id, issue.form, _general(issue)), []).append(issue)
    found = [_fault_kind(key, issues, feedback, key[2] in personal) for key, issues in kinds.items()]
    return sorted(found, key=lambda each: (WEIGHTS.index(each.weight), each.is_explained, -each.count))


def personal_forms(contracts: Mapping[str, Contract]) -> tuple[str, ...]:
    """The forms about persons."""
    return tuple(form for form, contract in contracts.items() if any(column.pii for column in contract.columns))


def named_values(values: Iterable[str]) -> str:
    """The first few values in quotes, and how many there are beyond a few."""
    named = list(values)
    more = f" 等 {len(named)} 种" if len(named) > NAMES_MAX else ""
    return "、".join(f"“{name}”" for name in named[:NAMES_MAX]) + more


def _fault_kind(key: Key, issues: Sequence[FeedbackIssue], feedback: Feedback, is_personal: bool) -> FaultKind:
    weight, check_id, form, general = key
    alike = [each for each in feedback.issues if (each.check_id, each.form) == (check_id, form)]
    total = sum(count.issues for count in feedback.counts if (count.check_id, count.form) == (check_id, form))
    is_cut = len(alike) < total and len(issues) < len(alike)
    count = total if len(issues) == len(alike) else len(issues)
    return FaultKind(weight, check_id, form, _text(general, issues, is_personal), count, tuple(issues), is_cut)


def _weight(issue: FeedbackIssue) -> str:
    return "note" if issue.check_id in NOTES else issue.severity


def _general(issue: FeedbackIssue) -> str:
    """The message without what is particular to one cell, or to one column."""
    text = issue.message_zh
    for each in (f"“{_named(issue)}”", *UNSHOWN):
        text = text.replace(each, SOME_VALUE)
    return text


def _named(issue: FeedbackIssue) -> str | None:
    """What is particular to an issue: the value, or the column where it is about a column."""
    if issue.check_id in ABOUT_COLUMNS:
        found = COLUMN.search(issue.message_zh)
        return found[1] if found else None
    return issue.value_masked


def _text(general: str, issues: Sequence[FeedbackIssue], is_personal: bool) -> str:
    """What is wrong: with the first few columns, or values where they are nobody's."""
    named = list(dict.fromkeys(name for issue in issues if (name := _named(issue))))
    if is_personal and issues[0].check_id not in ABOUT_COLUMNS:
        named = [name for name in named if issues[0].column_name == "school_id" and SCHOOL.fullmatch(name)]
    if named:
        general = general.replace(SOME_VALUE, named_values(named), 1)
    return mask_digits(OPTIONS.sub(_first_options, general))


def _first_options(found: re.Match[str]) -> str:
    options = found[0].split("、")
    return "、".join(options[:OPTIONS_MAX]) + f" 等 {len(options)} 项（见模板中的下拉选项）"
