"""Delimited text is read in every encoding and with every delimiter that arrives."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableDocumentError
from ingest.reading.delimited import decode, find_delimiter, read_delimited

TEXT = "学校标识码,接入带宽\n3310020001,1000\n"
CELLS = st.text(alphabet=st.sampled_from("甲乙1２,;\t\"\n '—"), max_size=6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_is_read(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xff\xff\xff\x00", b"a\x00b"])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError):
        decode(data)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found_although_others_stand_in_quotes(delimiter: str) -> None:
    rows = [['"甲,乙;丙"', "b", "c"]] * 3
    assert find_delimiter("\n".join(delimiter.join(row) for row in rows)) == delimiter


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=4).filter(lambda row: len(row) != 1), min_size=1, max_size=8))
def test_cells_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    header = ["h1", "h2", "h3"]
    width = max(3, *map(len, rows))
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    (sheet,) = read_delimited(buffer.getvalue())
    assert sheet.head(100) == [row + [""] * (width - len(row)) for row in [header, *rows]]


def test_ragged_rows_and_blank_lines_keep_their_row_numbers() -> None:
    (sheet,) = read_delimited("某市名册\n\na,b,c\n1,2\n")
    assert sheet.head(10) == [["某市名册", "", ""], ["", "", ""], ["a", "b", "c"], ["1", "2", ""]]


def test_many_ragged_rows_are_read_too() -> None:
    rows = [["x"] * (2 + number % 3) for number in range(500)]
    (sheet,) = read_delimited("\n".join(",".join(row) for row in rows))
    assert sheet.head(1000) == [row + [""] * (4 - len(row)) for row in rows]


def test_a_cell_beyond_the_width_of_the_head_is_not_lost() -> None:
    lines = ["a,b"] * 40_000 + ["a,b,c"]
    (sheet,) = read_delimited("\n".join(lines))
    assert sheet.head(40_001)[-1] == ["a", "b", "c"]
