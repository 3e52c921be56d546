"""The sheets of a document together: pages that go on without headings."""

from collections.abc import Sequence

from ingest.contracts.contract import load_contracts
from ingest.reading.reader import Reader
from ingest.reading.sheet import Sheet, text_columns
from ingest.reference import load_reference

READER = Reader(load_contracts(), load_reference())
HEADINGS = ["学校标识码", "招生计划数", "指标数", "备注"]
A, B, C = "3310020001", "3310020002", "3310020003"


def read(*sheets: Sequence[Sequence[str]]) -> list[list[str]]:
    document = READER.read_sheets([Sheet(f"页{n}", n, text_columns(rows)) for n, rows in enumerate(sheets, start=1)])
    return [table.cells["school_id"].to_pylist() for table in document.tables]


def test_a_page_without_headings_goes_on_with_the_table() -> None:
    assert read([HEADINGS, [A, "2", "1", "x"], [B, "3", "1", ""]], [[C, "4", "2", "y"]]) == [[A, B], [C]]


def test_a_page_may_lack_the_columns_at_its_end_that_were_blank() -> None:
    assert read([HEADINGS, [A, "2", "1", ""]], [[C, "4", "2"]]) == [[A], [C]]


def test_a_page_of_fewer_columns_is_another_table() -> None:
    assert read([HEADINGS, [A, "2", "1", ""]], [["甲", "4"], ["乙", "5"]]) == [[A]]
