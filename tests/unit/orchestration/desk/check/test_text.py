"""A report on the terminal."""

from __future__ import annotations

from pathlib import Path

from ingest.reference import Reference
from orchestration.desk.check.outcome import Finding, FormRows, Outcome, Report
from orchestration.desk.check.place import EVERY_UNIT, Place
from orchestration.desk.check.text import headline, in_order, lines, mark

PLACE = Place("2020-09", "2019-09", "331002")
WRONG = Finding("error", "类型不符", "“人数”的值“x”不是有效的整数。", 1200, "工作表“表一” A2", is_cut=True)
AT_FAULT = Outcome(
    "甲.xlsx", "accepted", None, (FormRows("学生名册", 2000, 800, 3),), (WRONG,), Path("/tmp/甲（自查反馈）.xlsx")
)
CLEAN = Outcome("乙.xlsx", "accepted", None, (FormRows("教师名册", 20, 20, 0),))


def test_each_document_says_its_rows_what_is_wrong_and_where(reference: Reference) -> None:
    text = "\n".join(lines(Report(PLACE, "20210331T080000123Z-0badcafe", (CLEAN, AT_FAULT)), reference))
    assert "椒江区" in text and "对照 2021-03-31 16:00 发布的版本" in text
    assert "✗ 甲.xlsx" in text and "✓ 乙.xlsx　没有问题" in text and text.index("甲") < text.index("乙")
    assert "学生名册：共 2,000 行，可采用 800 行，不能采用 1,200 行，已离校或离职不计入 3 行" in text
    assert "类型不符 1,200 处以上：“人数”" in text and "在工作表“表一” A2" in text
    assert "甲（自查反馈）.xlsx" in text and "/tmp/" not in text
    assert "共 2 份文件：1 份须更正" in text


def test_what_it_was_not_compared_with_is_said(reference: Reference) -> None:
    text = "\n".join(lines(Report(Place("2020-09", None, EVERY_UNIT), None, (CLEAN,)), reference))
    assert "未指明单位" in text and "未核对学校名录和上年数据" in text and "可以报送" in text


def test_what_would_count_for_nothing_is_not_at_fault() -> None:
    for status in ("replaced", "marked", "repeated"):
        outcome = Outcome("甲.xlsx", status, "另一份", (FormRows("学生名册", 2, 0, 0),), (WRONG,))
        assert not outcome.is_at_fault and mark(outcome) == "－" and "另一份" in headline(outcome)


def test_queries_alone_are_no_fault() -> None:
    query = Outcome("甲.xlsx", "accepted", None, (), (Finding("query", "合计不符", "…", 1, ""),))
    assert not query.is_at_fault and headline(query) == "没有须更正的问题"
    assert Outcome("甲.xlsx", "rejected", "文件为空").is_at_fault


def test_those_at_fault_come_first() -> None:
    assert in_order(Report(PLACE, None, (CLEAN, AT_FAULT))) == [AT_FAULT, CLEAN]
