"""A sheet as it was sent: cells as text in whole columns, and where on the sheet they stood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.errors import UnreadableDocumentError
from ingest.limits import SHEET_CELLS_MAX

FEW_ROWS = 8  # are sooner read cell by cell than column by column


@dataclass(frozen=True)
class Merge:
    """A merged range, first and last row and column, counted from 0 on the sheet."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass
class Sheet:
    """Cells by column, blanks as ''. `first_row` and `first_column` say where the first cell stands, counted from 0.

    `numeric_rows` looks again at some rows of a column (from 0, of the spreadsheet): those that hold a number; None where no number
    is long enough to be rounded. `scaled_cells` are cells (row, column) whose number format shows another unit than they hold;
    `row_faults` are rows of a text (from 0, of the cells) that broke its rules, by check. `notes` are (check, detail) about the sheet
    as a whole.
    """

    name: str
    sheet_no: int
    columns: list[pa.Array]
    first_row: int = 0
    first_column: int = 0
    is_hidden: bool = False
    merges: list[Merge] = field(default_factory=list)
    numeric_rows: Callable[[int, Sequence[int]], set[int]] | None = None
    scaled_cells: frozenset[tuple[int, int]] = frozenset()
    row_faults: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    is_1904: bool = False
    is_text: bool = False

    @property
    def height(self) -> int:
        """Rows, blank ones among them."""
        return len(self.columns[0]) if self.columns else 0

    def head(self, rows: int) -> list[list[str]]:
        """The first rows as lists of text."""
        return self.rows(0, rows)

    def rows(self, first: int, last: int) -> list[list[str]]:
        """Rows from `first` to before `last` as lists of text."""
        columns = [column.slice(first, max(last - first, 0)).to_pylist() for column in self.columns]
        return [list(row) for row in zip(*columns, strict=True)]

    def take(self, rows: np.ndarray) -> list[list[str]]:
        """Some rows as lists of text."""
        if len(rows) <= FEW_ROWS:
            return [[column[row].as_py() for column in self.columns] for row in rows.tolist()]
        columns = [column.take(pa.array(rows)).to_pylist() for column in self.columns]
        return [list(row) for row in zip(*columns, strict=True)]

    def part(self, first: int, last: int) -> Sheet:
        """The columns from `first` to before `last` as a sheet of their own, blank ones at the left left out."""
        while first < last - 1 and is_blank(self.columns[first]):
            first += 1
        return replace(self, columns=self.columns[first:last], first_column=self.first_column + first)

    def fill_merged_data(self, from_row: int) -> None:
        """Gives every row of a vertically merged cell its value; only merges that begin at or below `from_row` (from 0, of the cells)."""
        for merge in self.merges:
            top, column = merge.first_row - self.first_row, merge.first_column - self.first_column
            if merge.last_row == merge.first_row or top < from_row or not 0 <= column < len(self.columns):
                continue
            values = self.columns[column]
            last = min(merge.last_row - self.first_row, self.height - 1)
            filler = pa.array([values[top].as_py()] * (last - top), pa.string())
            self.columns[column] = pa.concat_arrays([values.slice(0, top + 1), filler, values.slice(last + 1)])


def is_blank(column: pa.Array) -> bool:
    """Whether a column holds nothing but blanks."""
    return bool(pc.all(pc.equal(pc.utf8_trim_whitespace(column), "")).as_py())


def rows_of(column: pa.Array, rows: np.ndarray) -> pa.Array:
    """The cells of some rows, which ascend; neighbours are not copied."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return column.slice(int(rows[0]), len(rows))
    return column.take(pa.array(rows))


def text_columns(rows: Sequence[Sequence[str]]) -> list[pa.Array]:
    """Columns of text from ragged rows; what is missing on the right is ''. UnreadableDocumentError when they make no table."""
    width = max((len(row) for row in rows), default=0)
    if width * len(rows) > SHEET_CELLS_MAX:
        raise UnreadableDocumentError(f"表格过大：{len(rows)} 行，最宽的一行有 {width} 列")
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]


def without_nulls(column: pa.Array) -> pa.Array:
    """The column (text) with '' for null."""
    return pc.fill_null(column, "") if column.null_count else column


def column_letter(index: int) -> str:
    """Letter of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
