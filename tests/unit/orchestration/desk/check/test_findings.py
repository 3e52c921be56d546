"""What is wrong in one sentence a kind."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from ingest.checking.issues import message
from ingest.reading.feedback_mark import FeedbackMark
from ingest.reference import Reference
from ingest.workbooks.faults import CheckCount, Feedback, FeedbackIssue
from orchestration.desk.check.findings import findings
from orchestration.desk.check.outcome import Finding

MARK = FeedbackMark("0" * 64, "2020-09", "331002", "r")
PERSONAL = ("student_roster",)


def issue(reference: Reference, check_id: str, cell: str | None, value: str | None, **fields: Any) -> FeedbackIssue:
    check = reference.checks[check_id]
    usual: dict[str, Any] = {"form": "pay", "column_name": "sex", "sheet": "表一", "row_number": 2, "column": "性别"}
    told = usual | fields
    column = str(told.pop("column"))
    text = message(check, column, value, str(told.pop("detail", "")), "工资表")
    return FeedbackIssue(
        "0",
        cell=cell,
        check_id=check_id,
        severity=check.severity,
        message_zh=text,
        value_masked=value,
        explanation=None,
        **told,
    )


def found(reference: Reference, issues: Sequence[FeedbackIssue], unlisted: int = 0) -> list[Finding]:
    counts = [CheckCount(*kind, count + unlisted, 0) for kind, count in Counter(each.kind for each in issues).items()]
    feedback = Feedback(MARK, "", "", "a.xlsx", dt.datetime(2021, 1, 1, tzinfo=dt.UTC), issues, counts)
    return findings(feedback, reference, PERSONAL)


def test_the_most_serious_come_first_and_then_the_most_frequent(reference: Reference) -> None:
    issues = [
        issue(reference, "document.unknown_column", None, None, column_name="民族", column="民族", row_number=None),
        issue(reference, "cell.implausible", "A2", "1"),
        issue(reference, "cell.required", "A2", ""),
        *[issue(reference, "cell.type", f"B{row}", "x") for row in (2, 3)],
        issue(reference, "document.missing_column", None, None, row_number=None),
    ]
    assert [(each.weight, each.count) for each in found(reference, issues)] == [
        ("fatal", 1),
        ("error", 2),
        ("error", 1),
        ("query", 1),
        ("note", 1),
    ]


def test_cells_of_one_kind_are_one_sentence_with_ranges(reference: Reference) -> None:
    cells = ["C5", "C6", "C7", "AA9", "C20"]
    (kind,) = found(reference, [issue(reference, "cell.code", cell, "nv", detail="男、女") for cell in cells])
    assert kind.text == "“性别”的值“nv”不在规定的选项内。请从下列选项中选填：男、女。"
    assert kind.places == "工作表“表一” C5–C7、C20、AA9"


def test_several_values_are_named_and_many_are_counted(reference: Reference) -> None:
    (few,) = found(reference, [issue(reference, "cell.type", f"A{n}", f"v{n}") for n in range(2, 4)])
    assert "“v2”、“v3”不是" in few.text
    (many,) = found(reference, [issue(reference, "cell.type", f"A{n}", f"v{n}") for n in range(2, 12)])
    assert "“v9” 等 10 种不是" in many.text and "v10" not in many.text


@pytest.mark.parametrize("value", ["王小明", "331002********1234", None, "13800000000"])
def test_of_a_form_about_persons_no_value_is_said(reference: Reference, value: str | None) -> None:
    (kind,) = found(reference, [issue(reference, "cell.code", "C5", value, form="student_roster", detail="男、女")])
    assert "“…”" in kind.text
    assert value is None or value not in kind.text


def test_but_which_school_is_unknown(reference: Reference) -> None:
    about = {"form": "student_roster", "column_name": "school_id"}
    issues = [
        issue(reference, "row.unknown_school", f"A{n}", value, **about)
        for n, value in enumerate(("3310020001", "王小明"))
    ]
    text = " ".join(each.text for each in found(reference, issues))
    assert "“3310020001”" in text and "王小明" not in text


def test_long_lists_of_options_are_cut(reference: Reference) -> None:
    options = "、".join(f"选项{n}" for n in range(30))
    (kind,) = found(reference, [issue(reference, "cell.code", "C5", "x", detail=options)])
    assert "选项7 等 30 项" in kind.text and "选项8" not in kind.text


def test_columns_nobody_knows_are_one_note(reference: Reference) -> None:
    names = [f"第{n}" for n in range(12)]
    (kind,) = found(
        reference,
        [
            issue(reference, "document.unknown_column", None, None, column_name=n, column=n, row_number=None)
            for n in names
        ],
    )
    assert kind.count == 12 and "“第7” 等 12" in kind.text and "第8" not in kind.text


def test_what_was_not_listed_is_counted(reference: Reference) -> None:
    issues = [issue(reference, "cell.type", f"A{n}", "x") for n in range(2, 5)]
    (one_kind,) = found(reference, issues, unlisted=97)
    assert (one_kind.count, one_kind.is_cut) == (100, False)
    two = [*issues, issue(reference, "cell.type", "B2", "x", column="年龄")]
    assert [(each.count, each.is_cut) for each in found(reference, two, unlisted=96)] == [(3, True), (1, True)]


def test_columns_that_are_missing_are_one_sentence(reference: Reference) -> None:
    missing = [
        issue(reference, "document.missing_column", None, None, column=name, row_number=None) for name in ("甲", "乙")
    ]
    (kind,) = found(reference, missing)
    assert kind.text.startswith("“工资表”缺少必填列“甲”、“乙”，整张工作表未采用。")
