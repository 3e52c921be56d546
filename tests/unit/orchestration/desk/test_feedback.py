"""Feedback follows a release, under names that a clerk finds and Windows takes."""

import datetime as dt

import pytest

from ingest.errors import ReleaseError
from ingest.reading.feedback_mark import FeedbackMark
from ingest.settings import Settings
from ingest.workbooks.faults import Feedback
from orchestration.desk.feedback import workbook_name, write_feedback_workbooks


def test_before_the_first_release_feedback_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="make refresh"):
        write_feedback_workbooks(settings)


@pytest.mark.parametrize(
    ("path", "forms", "name"),
    [
        ("报送/最终版-17.csv", ("school_practice",), "学校规范办学情况表 最终版-17"),
        ("椒江区教师名册-第1小学-4.csv", ("teacher_roster",), "椒江区教师名册-第1小学-4"),
        ("汇总.xls", ("pay", "teacher_roster"), "汇总"),
        ("名册.zip!a/1:2*3 .xlsx", (), "1_2_3"),
        ("331002201403051234.xlsx", ("pay",), "教师待遇情况表 331002________1234"),
    ],
)
def test_a_workbook_is_named_by_form_and_own_name(path: str, forms: tuple[str, ...], name: str) -> None:
    mark = FeedbackMark("0123456789abcdef" * 4, "2020-09", "331002", "r")
    said = Feedback(mark, "", "", f"2020-09/331002/{path}", dt.datetime(2021, 1, 1, tzinfo=dt.UTC), (), (), forms=forms)
    assert workbook_name(said) == f"2020-09/331002/{name}（反馈 01234567）.xlsx"
