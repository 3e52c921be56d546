"""A feedback workbook that comes back gives exactly the explanations filled in, and names what else was changed."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from ingest.errors import UnreadableDocumentError
from ingest.reading.reader import Reader
from ingest.reading.returned import Explanation, Returned
from ingest.workbooks.faults import FeedbackIssue
from ingest.workbooks.feedback import LIST_SHEET, SUMMARY_SHEET
from ingest.workbooks.returned import read_returned

Write = Callable[..., Path]
MakeIssue = Callable[..., FeedbackIssue]
HEADINGS = ["学校标识码", "招生计划数", "指标数", "甲", "乙", "丙"]
ROWS = [
    ["名额"],
    [],
    HEADINGS,
    ["3310020001", 100, 70.5, True, dt.date(2020, 9, 1), "两 行\r\n文字"],
    ["3310020002", 3, 2, "", "", "331002201403051234"],
]
QUERY = {"severity": "query", "check_id": "cell.implausible", "cell": "B4", "row_number": 4, "column_name": "planned"}


@pytest.fixture
def source(write_xlsx: Write) -> Path:
    return write_xlsx(("名额", ROWS), merges=[(0, 0, 0, 5)])


@pytest.fixture
def sent(source: Path, write: Write, make_issue: MakeIssue) -> Path:
    """Feedback with an error and two queries, one of them explained before."""
    return write(
        source,
        make_issue(cell="C4", row_number=4),
        make_issue(issue_no="b" * 12, **QUERY),
        make_issue(issue_no="123456789012", **QUERY, explanation="新校区扩招"),
    )


def fill(sheet: Worksheet, number: str, text: str) -> None:
    """Writes an explanation into the row of that number."""
    headings = next(row for row in sheet.iter_rows(max_row=40) if {"编号", "说明"} <= {cell.value for cell in row})
    at = {str(cell.value): cell.column for cell in headings}
    row = next(row for row in range(headings[0].row, sheet.max_row + 1) if sheet.cell(row, at["编号"]).value == number)
    sheet.cell(row, at["说明"]).value = text


def filled(path: Path) -> Path:
    """The workbook with an answer in each of our sheets."""
    book = openpyxl.load_workbook(path)
    fill(book[SUMMARY_SHEET], "cell.implausible:admission_quota", "  全区统一\n扩招 ")
    fill(book[LIST_SHEET], "b" * 12, "按规划数填报，电话331002201403051234")
    book.save(path)
    return path


ANSWERS = {
    Explanation(None, "cell.implausible", "admission_quota", "全区统一 扩招"),
    Explanation("b" * 12, None, None, "按规划数填报，电话331002********1234"),
    Explanation("123456789012", None, None, "新校区扩招"),
}


def test_what_was_sent_comes_back_unchanged(sent: Path, source: Path, reader: Reader) -> None:
    assert read_returned(sent, source, reader) == Returned(
        (Explanation("123456789012", None, None, "新校区扩招"),), (), 0
    )


def test_exactly_the_explanations_filled_in_are_read(sent: Path, source: Path, reader: Reader) -> None:
    returned = read_returned(filled(sent), source, reader)
    assert len(returned.explanations) == 3 and set(returned.explanations) == ANSWERS
    assert returned.changed_count == 0


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_libreoffice_may_save_it_as_any_kind(
    kind: str, sent: Path, source: Path, reader: Reader, saved_by_libreoffice: Callable[[Path, str], Path]
) -> None:
    mark = reader.read(sent).mark
    saved = saved_by_libreoffice(filled(sent), kind)
    returned = read_returned(saved, source, reader)
    assert set(returned.explanations) == ANSWERS
    assert returned.changed_cells == ()
    assert mark is not None and reader.read(saved).mark == mark


def test_changed_cells_are_named(sent: Path, source: Path, reader: Reader) -> None:
    book = openpyxl.load_workbook(sent)
    own = book["名额"]
    own["B5"], own["C4"], own["E4"], own["G9"] = 4, "70.5", dt.date(2020, 9, 2), "新"
    own["A5"] = None
    own["D4"] = 1
    own["F5"] = " 331002********1234 "
    book.save(sent)
    returned = read_returned(sent, source, reader)
    assert returned.changed_cells == ("名额!C4", "名额!E4", "名额!A5", "名额!B5", "名额!G9")
    assert returned.changed_count == 5


def test_rows_that_a_long_sheet_hides_are_not_taken_for_emptied(
    write_xlsx: Write, write: Write, make_issue: MakeIssue, reader: Reader
) -> None:
    source = write_xlsx(("名额", [HEADINGS, *[[f"3310020{n:03}", 100 + n, n] for n in range(300)]]))
    sent = write(source, make_issue(cell="C152", row_number=152))
    assert read_returned(sent, source, reader).changed_count == 0
    book = openpyxl.load_workbook(sent)
    book["名额"]["C152"], book["名额"]["B40"] = 7, 8
    book.save(sent)
    assert read_returned(sent, source, reader).changed_cells[0] == "名额!A40"
    assert "名额!C152" in read_returned(sent, source, reader).changed_cells


def test_only_the_first_changes_are_named(sent: Path, source: Path, reader: Reader) -> None:
    book = openpyxl.load_workbook(sent)
    for row in range(10, 40):
        book["名额"].cell(row, 1).value = "x"
    book.save(sent)
    returned = read_returned(sent, source, reader)
    assert (len(returned.changed_cells), returned.changed_count) == (20, 30)


def test_sheets_that_were_removed_or_added_do_not_matter(sent: Path, source: Path, reader: Reader) -> None:
    book = openpyxl.load_workbook(filled(sent))
    del book["名额"]
    book.create_sheet("附").append(["说明", "编号", "编号"])
    book["附"].append(["看这里", "不是编号", "c" * 12])
    book.create_sheet("又附").append(["说明", "编号"])
    book["又附"].append(["补充", "c" * 12])
    book["又附"].append(["未知的表", "cell.type:no_such_form"])
    book.save(sent)
    returned = read_returned(sent, source, reader)
    assert set(returned.explanations) == ANSWERS | {Explanation("c" * 12, None, None, "补充")}
    assert returned.changed_count == 0


def test_own_sheets_are_never_read_for_explanations(
    write_xlsx: Write, write: Write, make_issue: MakeIssue, reader: Reader
) -> None:
    rows = [["编号", "学校标识码", "招生计划数", "指标数", "说明"], ["a" * 12, "3310020001", 100, 70, "原有的说明"]]
    source = write_xlsx((LIST_SHEET, rows))
    assert read_returned(write(source, make_issue()), source, reader) == Returned((), (), 0)


def test_a_long_explanation_is_cut(sent: Path, source: Path, reader: Reader) -> None:
    book = openpyxl.load_workbook(sent)
    fill(book[LIST_SHEET], "b" * 12, "长" * 600)
    book.save(sent)
    texts = {e.issue_no: e.text for e in read_returned(sent, source, reader).explanations}
    assert texts["b" * 12] == "长" * 500


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "编号,说明\n".encode()]
)
def test_what_is_no_workbook_is_refused(content: bytes, tmp_path: Path, source: Path, reader: Reader) -> None:
    path = tmp_path / "back.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableDocumentError):
        read_returned(path, source, reader)
