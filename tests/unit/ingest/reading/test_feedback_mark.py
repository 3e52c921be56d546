"""The mark: written as a defined name, and read back however a program gives it."""

from pathlib import Path

import fastexcel
import pytest

from ingest.errors import UnreadableDocumentError
from ingest.reading.feedback_mark import MARK_NAME, FeedbackMark, find_mark, parse
from ingest.workbooks.style import OutgoingWorkbook

MARK = FeedbackMark("0123456789abcdef" * 4, "2020-09", "331002", "20210105-120000")


@pytest.mark.parametrize("wrapped", ['="{}"', '"{}"', "={}", "{}", ' = "{}" '])
def test_the_constant_is_read_with_or_without_quotes_and_sign(wrapped: str) -> None:
    assert parse(wrapped.format(MARK.text)) == MARK


@pytest.mark.parametrize(
    "text",
    ["", "Sheet1!$A$1", "Unsupported ptg: 17", MARK.text.replace("document=0", "document="), "document=x;unit=y"],
)
def test_anything_else_is_no_mark(text: str) -> None:
    assert parse(text) is None


def test_excel_takes_the_constant() -> None:
    assert len(MARK.formula) <= 255


def mark_of(path: Path) -> FeedbackMark | None:
    return find_mark(fastexcel.read_excel(path.read_bytes()), path.read_bytes())


def test_a_workbook_bears_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with OutgoingWorkbook(path) as book:
        book.add_worksheet("a")
        book.define_name(MARK_NAME, MARK.formula)
    assert mark_of(path) == MARK


def test_the_text_of_the_mark_alone_is_no_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with OutgoingWorkbook(path) as book:
        book.add_worksheet("a").write_string(0, 0, MARK.text)
    assert mark_of(path) is None


def test_a_name_whose_constant_is_lost_is_made_good_by_the_first_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with OutgoingWorkbook(path) as book:
        book.add_worksheet("a").write_string(5, 1, MARK.text)
        book.define_name(MARK_NAME, "=1")
    assert mark_of(path) == MARK


def test_a_name_without_any_text_is_refused_and_never_data(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with OutgoingWorkbook(path) as book:
        book.add_worksheet("a")
        book.define_name(MARK_NAME, "=1")
    with pytest.raises(UnreadableDocumentError, match="标识"):
        mark_of(path)
