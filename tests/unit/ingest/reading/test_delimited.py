"""Delimited text is read in every encoding and with every delimiter that arrives."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading.delimited import find_delimiter, read_delimited, read_in_parts
from ingest.reading.encoding import Text

CELLS = st.text(alphabet=st.sampled_from("甲乙1２,;\t\" '—"), max_size=6) | st.text(alphabet='甲\n" ', max_size=4)
PLAIN_CELLS = st.text(alphabet=st.sampled_from("甲乙1,\" '—"), max_size=6) | st.text(alphabet='甲\n" ', max_size=4)


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
    (sheet,) = read_delimited(Text(buffer.getvalue()))
    assert sheet.head(100) == [row + [""] * (width - len(row)) for row in [header, *rows]]


def test_ragged_rows_and_blank_lines_keep_their_row_numbers() -> None:
    (sheet,) = read_delimited(Text("某市名册\n\na,b,c\n1,2\n"))
    assert sheet.head(10) == [["某市名册", "", ""], ["", "", ""], ["a", "b", "c"], ["1", "2", ""]]


def test_many_ragged_rows_are_read_too() -> None:
    rows = [["x"] * (2 + number % 3) for number in range(500)]
    (sheet,) = read_delimited(Text("\n".join(",".join(row) for row in rows)))
    assert sheet.head(1000) == [row + [""] * (4 - len(row)) for row in rows]


def test_a_cell_beyond_the_width_of_the_head_is_not_lost() -> None:
    lines = ["a,b"] * 40_000 + ["a,b,c"]
    (sheet,) = read_delimited(Text("\n".join(lines)))
    assert sheet.head(40_001)[-1] == ["a", "b", "c"]


@given(
    rows=st.lists(st.lists(PLAIN_CELLS, min_size=2, max_size=4), min_size=1, max_size=20),
    characters=st.integers(64, 200),  # every row fits into a part
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_parts_hold_what_the_whole_does(
    rows: list[list[str]], characters: int, quoting: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("parts") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, quoting=quoting).writerows([["标题甲", "h2", "h3", "h4"], *rows])  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.reading.delimited.PIECE_CHARACTERS", characters)
        parts = list(read_in_parts(path))
    (whole,) = read_delimited(Text(path.read_bytes().decode()))
    assert [row for part in parts for row in part.head(100)] == whole.head(100)
    assert [part.first_row for part in parts] == [sum(part.height for part in parts[:n]) for n in range(len(parts))]


def test_quotes_that_never_end_do_not_gather_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.reading.delimited.PIECE_CHARACTERS", 16)
    (tmp_path / "a").write_text('5" tubes,b\n' + "a,b\n" * 20, encoding="utf-8")
    assert len(list(read_in_parts(tmp_path / "a"))) > 3
