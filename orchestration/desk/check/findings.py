"""What is wrong with a document in a few sentences: one a kind of fault, with its count and where, the most serious first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from ingest.reference import Reference
from ingest.values.parse import mask_digits
from ingest.workbooks.fault_kinds import fault_kinds
from ingest.workbooks.faults import Feedback, FeedbackIssue
from orchestration.desk.check.outcome import Finding

PLACES_MAX = 5
CELL = re.compile(r"([A-Z]+)([0-9]+)")


def findings(feedback: Feedback, reference: Reference, personal: Collection[str]) -> list[Finding]:
    """One for each kind of what `feedback` lists; `personal` are the forms about persons."""
    return [
        Finding(
            kind.weight,
            reference.checks[kind.check_id].name_zh,
            kind.text,
            kind.count,
            _places(kind.issues),
            kind.is_cut,
        )
        for kind in fault_kinds(feedback, personal)
    ]


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
