"""Quotes that open what nothing closes are told; the lines after them are rows as before."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading.delimited import read_delimited
from ingest.reading.encoding import Text
from ingest.reading.quotes import opens, settle
from ingest.reading.sheet import Sheet


def read(*lines: str) -> Sheet:
    (sheet,) = read_delimited(Text("\n".join(lines)))
    return sheet


def test_a_quote_that_never_closes_swallows_nothing() -> None:
    sheet = read("a,b,c", '1,"含60寸,x', "2,y,z", "3,y,z")
    assert sheet.rows(1, 4) == [["1", '"含60寸', "x"], ["2", "y", "z"], ["3", "y", "z"]]
    assert sheet.row_faults["row.quote"].tolist() == [False, True, False, False]


def test_two_stray_quotes_are_two_faults_and_no_row_is_lost() -> None:
    sheet = read("a,b", '1,"60寸', "2,y", '3,"70寸', "4,y")
    assert sheet.height == 5
    assert sheet.row_faults["row.quote"].tolist() == [False, True, False, True, False]


def test_a_cell_of_several_lines_is_one_cell() -> None:
    sheet = read("a,b", '1,"第一行', "第二行", '第三行"', "2,y")
    assert sheet.rows(1, 3) == [["1", "第一行\n第二行\n第三行"], ["2", "y"]]
    assert not sheet.row_faults


def test_quotes_inside_cells_are_characters() -> None:
    sheet = read("a,b", '1,含60"寸', '2,70"')
    assert sheet.rows(1, 3) == [["1", '含60"寸'], ["2", '70"']]
    assert not sheet.row_faults


def test_rows_quoted_whole_are_rows() -> None:
    assert read('"a,b,c"', '"1,""x"",3"').rows(0, 2) == [["a", "b", "c"], ["1", "x", "3"]]


@pytest.mark.parametrize(
    ("line", "is_open"), [('"a', True), ('a,"b', True), ('a"b', False), ('"a"', False), ('"a""', True), ("", False)]
)
def test_only_a_quote_at_the_beginning_of_a_cell_opens_one(line: str, is_open: bool) -> None:
    assert opens(line, ",") is is_open


def test_what_may_go_on_waits_for_more() -> None:
    rows = settle(["a,b", '1,"x'], ",", 2, is_last=False)
    assert list(rows.lines) == ["a,b"] and list(rows.rest) == ['1,"x']


WORDS = st.lists(st.text(alphabet="甲乙丙1２ ", min_size=1, max_size=4), min_size=3, max_size=3)


@given(rows=st.lists(WORDS, min_size=2, max_size=12), data=st.data())
def test_stray_quotes_are_faults_of_their_own_rows_alone(rows: list[list[str]], data: st.DataObject) -> None:
    strays = data.draw(st.dictionaries(st.integers(0, len(rows) - 1), st.integers(0, 2)))
    sent = [
        [f'"{cell}' if strays.get(n) == place else cell for place, cell in enumerate(row)] for n, row in enumerate(rows)
    ]
    sheet = read(*(",".join(row) for row in sent))
    assert sheet.rows(0, 99) == sent
    faulty = sheet.row_faults["row.quote"].tolist() if strays else [False] * len(rows)
    assert [n for n, is_faulty in enumerate(faulty) if is_faulty] == sorted(strays)


@given(rows=st.lists(st.lists(st.text(alphabet='甲1, "', max_size=4), min_size=2, max_size=4), min_size=2, max_size=8))
def test_rows_quoted_whole_say_what_they_say_without(rows: list[list[str]]) -> None:
    lines = _written([["h1", "h2"], *rows])
    quoted = _written([[line] for line in lines])
    assert read(*quoted).rows(0, 99) == read(*lines).rows(0, 99)


def _written(rows: list[list[str]]) -> list[str]:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().splitlines()
