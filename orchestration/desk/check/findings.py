"""What is wrong with a document in a few sentences: one a kind of fault, with its count and where, the most serious first.

Nothing of a person is said: of the forms about persons no value at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from ingest.reference import Reference
from ingest.values.parse import mask_digits
from ingest.workbooks.feedback import Feedback, FeedbackIssue
from orchestration.desk.check.outcome import WEIGHTS, Finding

NOTES = ("document.unknown_column", "document.hidden_sheet")
ABOUT_COLUMNS = ("document.unknown_column", "document.missing_column")
COLUMN = re.compile("列“([^”]+)”")
SOME_VALUE = "“…”"
UNSHOWN = ("“***”", "“（不显示）”")
PLACES_MAX = 5
NAMES_MAX = 8
OPTIONS_MAX = 8
OPTIONS = re.compile(rf"[^：。、“”]+(?:、[^：。、“”]+){{{OPTIONS_MAX},}}")
SCHOOL = re.compile("[0-9]{10}")
Key = tuple[str, str, str | None, str]
"""Weight, check, form and general message."""
CELL = re.compile(r"([A-Z]+)([0-9]+)")


def findings(feedback: Feedback, reference: Reference, personal: Collection[str]) -> list[Finding]:
    """One for each kind of what `feedback` lists; `personal` are the forms about persons."""
    kinds: dict[Key, list[FeedbackIssue]] = {}
    for issue in feedback.issues:
        kinds.setdefault((_weight(issue), issue.check_id, issue.form, _general(issue)), []).append(issue)
    found = [
        _finding(key, issues, feedback, reference.checks[key[1]].name_zh, key[2] in personal)
        for key, issues in kinds.items()
    ]
    return sorted(found, key=lambda each: (WEIGHTS.index(each.weight), -each.count))


def _finding(
    key: Key, issues: Sequence[FeedbackIssue], feedback: Feedback, check_zh: str, is_personal: bool
) -> Finding:
    weight, check_id, form, general = key
    alike = [each for each in feedback.issues if (each.check_id, each.form) == (check_id, form)]
    total = sum(count.issues for count in feedback.counts if (count.check_id, count.form) == (check_id, form))
    is_cut = len(alike) < total and len(issues) < len(alike)
    count = total if len(issues) == len(alike) else len(issues)
    return Finding(weight, check_zh, _text(general, issues, is_personal), count, _places(issues), is_cut)


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
        more = f" 等 {len(named)} 种" if len(named) > NAMES_MAX else ""
        general = general.replace(SOME_VALUE, "、".join(f"“{name}”" for name in named[:NAMES_MAX]) + more, 1)
    return mask_digits(OPTIONS.sub(_first_options, general))


def _first_options(found: re.Match[str]) -> str:
    options = found[0].split("、")
    return "、".join(options[:OPTIONS_MAX]) + f" 等 {len(options)} 项（见模板中的下拉选项）"


def _places(issues: Sequence[FeedbackIssue]) -> str:
    """Where they stand, sheet by sheet: cells one below the other as a range, the first few of them."""
    by_sheet: dict[str, list[FeedbackIssue]] = {}
    for issue in issues:
        if issue.sheet:
            by_sheet.setdefault(issue.sheet, []).append(issue)
    return "；".join(f"工作表“{mask_digits(sheet)}”{_on_sheet(on_it)}" for sheet, on_it in by_sheet.items())


def _on_sheet(issues: Sequence[FeedbackIssue]) -> str:
    cells = {issue.cell for issue in issues if issue.cell}
    rows = sorted({issue.row_number for issue in issues if issue.row_number and not issue.cell})
    ranges = [
        *_cell_ranges(cells),
        *(f"第 {first} 行" if first == last else f"第 {first}–{last} 行" for first, last in _runs(rows)),
    ]
    if not ranges:
        return ""
    return " " + "、".join(ranges[:PLACES_MAX]) + (" 等" if len(ranges) > PLACES_MAX else "")


def _cell_ranges(cells: Iterable[str]) -> Iterator[str]:
    by_column: dict[str, list[int]] = {}
    for cell in cells:
        if found := CELL.fullmatch(cell):
            by_column.setdefault(found[1], []).append(int(found[2]))
    for column in sorted(by_column, key=lambda letters: (len(letters), letters)):
        for first, last in _runs(sorted(by_column[column])):
            yield f"{column}{first}" if first == last else f"{column}{first}–{column}{last}"


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of numbers in a row."""
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        held = [number for _, number in run]
        yield held[0], held[-1]
