"""Kinds of fault: what the county has explained comes after what it has not; the sentences are tested where they are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from ingest.contracts.contract import Contract
from ingest.reading.feedback_mark import FeedbackMark
from ingest.workbooks.fault_kinds import fault_kinds, personal_forms
from ingest.workbooks.faults import CheckCount, Feedback, FeedbackIssue

MakeIssue = Callable[..., FeedbackIssue]


def feedback(*issues: FeedbackIssue) -> Feedback:
    counts = [CheckCount(*issue.kind, 1, 0) for issue in issues]
    mark = FeedbackMark("0" * 64, "2020-09", "331002", "r")
    return Feedback(mark, "", "", "a.xlsx", dt.datetime(2021, 1, 1, tzinfo=dt.UTC), issues, counts)


def test_what_is_explained_comes_after_what_is_not(make_issue: MakeIssue) -> None:
    done = make_issue(severity="query", check_id="cell.implausible", explanation="已核对")
    found = fault_kinds(feedback(done, make_issue(severity="query", check_id="table.total")), ())
    assert [(kind.check_id, kind.is_explained) for kind in found] == [
        ("table.total", False),
        ("cell.implausible", True),
    ]


def test_forms_about_persons_are_those_with_columns_that_identify_one(contracts: dict[str, Contract]) -> None:
    found = personal_forms(contracts)
    assert {"student_roster", "teacher_roster"} <= set(found) and "pay" not in found
