"""The sheets of a document as they may be shown again: every value with its type, and nothing that identifies a person.

Only sheets on which a form was found: of any other nobody can tell which of its columns are about people.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import attrgetter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from ingest.checking.issues import NOT_SHOWN, shown
from ingest.contracts.contract import Column
from ingest.errors import UnreadableDocumentError
from ingest.reading.delimited import read_in_parts
from ingest.reading.document import is_large_text, is_workbook, open_document
from ingest.reading.excel import opened_bytes
from ingest.reading.headings import normalise_heading
from ingest.reading.reader import Reader
from ingest.reading.recognise import HEADING_ROWS_MAX
from ingest.reading.rows import total_label
from ingest.reading.sheet import Merge, Sheet
from ingest.reading.table import Table
from ingest.values.parse import mask_digits
from ingest.values.units import is_statement, unit_line
from ingest.values.vocabulary import VOCABULARY

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Row = list[Value]
LONG_NUMBER = 10**10  # the first number of 11 digits
BLOCK_ROWS = 4096
PERSONAL = re.compile(VOCABULARY.personal_pattern)
STRICTEST_FIRST = ("drop", "pseudonymise", "to_month")
TOTAL_FIGURE = re.compile(r"\d{1,6}(\.\d+)?")


@dataclass(frozen=True)
class MaskedSheet:
    """A sheet of the document with its tables; what stands on it is read again by every use, so that it is never held whole.

    `goes_on`: the table is the first part of a large one, and what follows it is data as well.
    """

    tables: tuple[Table, ...]
    reader: Reader
    read_rows: Callable[[], Iterator[Row]]
    read_merges: Callable[[], Sequence[Merge]]
    goes_on: bool = False

    @property
    def table(self) -> Table:
        """The first table."""
        return self.tables[0]

    @property
    def name(self) -> str:
        """Its name in the document, unmasked."""
        return self.table.sheet

    @property
    def height(self) -> int:
        """The number of the last row of its tables."""
        return max(
            int(table.row_numbers[-1]) if table.height else table.recognised.first_data_row for table in self.tables
        )

    @property
    def sheet_no(self) -> int:
        """Its number in the document, from 1."""
        return self.table.sheet_no

    @property
    def rows(self) -> Iterator[Row]:
        """Masked rows from row 1 of the spreadsheet, each from column A; a blank is ''."""
        return (row for _, row in _Masker(self.tables, self.reader, self.goes_on).rows(self.read_rows()))

    def rows_at(self, numbers: Container[int]) -> Iterator[tuple[int, Row]]:
        """Masked rows with their numbers (from 1): those of the headings and what stands above them, and those asked for."""
        masker = _Masker(self.tables, self.reader, self.goes_on)
        return masker.rows(self.read_rows(), numbers)

    @property
    def merges(self) -> Sequence[Merge]:
        """Merged ranges, as far as the kind of document tells."""
        return self.read_merges()


def masked_sheets(path: Path, reader: Reader) -> list[MaskedSheet]:
    """The sheets of the document at `path` that hold a form (also one without a required column), in order; none if unreadable."""
    if is_workbook(path):
        tables = reader.read(path).tables
        if not tables:
            return []
        # Rows and merges of one sheet are asked for in turn; no more than one sheet is held.
        workbook = load_workbook(path)
        names = workbook.sheet_names
        open_sheet = functools.lru_cache(maxsize=1)(workbook.get_sheet_by_name)
        return [
            _of_workbook(on_it, reader, functools.partial(open_sheet, names[number - 1]))
            for number, on_it in _by_sheet(tables)
        ]
    if is_large_text(path):
        return [_of_large_text(on_it, reader, path) for _, on_it in _by_sheet(next(reader.read_in_parts(path)).tables)]
    try:
        sheets = {sheet.sheet_no: sheet for sheet in open_document(path)}
    except UnreadableDocumentError:
        return []
    found = _by_sheet(reader.read_sheets(list(sheets.values())).tables)
    return [MaskedSheet(on_it, reader, functools.partial(_text_rows, sheets[number]), tuple) for number, on_it in found]


def _by_sheet(tables: Iterable[Table]) -> list[tuple[int, tuple[Table, ...]]]:
    """The tables of each sheet, by the sheet's number."""
    return [(number, tuple(on_it)) for number, on_it in groupby(tables, key=attrgetter("sheet_no"))]


def _of_large_text(first_part: tuple[Table, ...], reader: Reader, path: Path) -> MaskedSheet:
    """The rows of all parts, which look like those of the first."""

    def rows() -> Iterator[Row]:
        return chain.from_iterable(map(_text_rows, read_in_parts(path)))

    return MaskedSheet(first_part, reader, rows, tuple, goes_on=True)


def load_workbook(path: Path) -> python_calamine.CalamineWorkbook:
    """The workbook at `path` by what it holds, whatever its name; python_calamine.CalamineError when it is none."""
    return python_calamine.load_workbook(io.BytesIO(opened_bytes(path)))


def typed_rows(sheet: python_calamine.CalamineSheet) -> Iterator[Row]:
    """The rows of a sheet from row 1, each from column A, with typed values; a blank is ''."""
    leading = [""] * sheet.start[1] if sheet.start else []
    return ([*leading, *row] for row in sheet.iter_rows())


def _of_workbook(
    tables: tuple[Table, ...], reader: Reader, open_sheet: Callable[[], python_calamine.CalamineSheet]
) -> MaskedSheet:
    def rows() -> Iterator[Row]:
        return _with_error_texts(typed_rows(open_sheet()), tables)

    def merges() -> list[Merge]:
        return [Merge(*first, *last) for first, last in open_sheet().merged_cell_ranges or ()]

    return MaskedSheet(tables, reader, rows, merges)


def _with_error_texts(rows: Iterable[Row], tables: Iterable[Table]) -> Iterator[Row]:
    """Puts back what stood in error cells of the tables, which come as blanks."""
    errors: dict[int, dict[int, str]] = {}
    columns = ((table, name, texts) for table in tables for name, texts in table.cells.items())
    for table, name, texts in columns:
        position = table.recognised.columns[name] + table.first_column
        is_error = pc.is_in(texts, pa.array(sorted(VOCABULARY.error_texts)))
        for index in np.flatnonzero(is_error.to_numpy(zero_copy_only=False)).tolist():
            errors.setdefault(int(table.row_numbers[index]), {})[position] = texts[index].as_py()
    for number, row in enumerate(rows, start=1):
        for position, text in errors.get(number, {}).items():
            row[position] = row[position] or text
        yield row


def _text_rows(sheet: Sheet) -> Iterator[Row]:
    for start in range(0, sheet.height, BLOCK_ROWS):
        columns = [column.slice(start, BLOCK_ROWS).to_pylist() for column in sheet.columns]
        yield from map(list, zip(*columns, strict=True))


class _Headings:
    """Which headings say that what stands below them is about a person."""

    def __init__(self, reader: Reader):
        self.reader = reader
        self.personal = {
            normalise_heading(heading): column
            for contract in reader.contracts.values()
            for column in contract.columns
            if column.pii
            for heading in column.headings
        }
        self.characters = frozenset(heading[0] for heading in self.personal)
        self._known = functools.lru_cache(maxsize=65536)(self._look_up)

    def is_known(self, text: str) -> bool:
        """Whether any form has such a column, or no form wants it (序号, 备注)."""
        return bool(self.reader.finder.index.find(text)) or self.reader.finder.index.ignores(text)

    def find(self, value: Value) -> Column | None:
        """The personal column, strictest of all forms, that a cell is the heading of."""
        if not isinstance(value, str) or self.characters.isdisjoint(value):
            return None
        return self._known(value)

    def _look_up(self, text: str) -> Column | None:
        forms = self.reader.finder.index.find(text)
        return strictest(*(self.reader.contracts[form].column(name) for form, names in forms.items() for name in names))

    def contained(self, text: str) -> Column | None:
        """The strictest personal column whose heading is part of a heading that no form knows, such as 家长姓名.

        A heading that speaks of a person in other words (监护人, 联系电话, 现住址) is as strict as a name.
        """
        whole = normalise_heading(text)
        if PERSONAL.search(whole):
            return strictest(*self.personal.values())
        return strictest(*(column for heading, column in self.personal.items() if heading in whole))

    def hidden(self) -> Column | None:
        """What hides a column altogether."""
        return strictest(*self.personal.values())


def strictest(*columns: Column | None) -> Column | None:
    """Of personal columns the one of which least may be shown; None when there is none."""
    personal = [column for column in columns if column and column.pii]
    return min(personal, key=lambda column: STRICTEST_FIRST.index(str(column.pii)), default=None)


class _Masker:
    """Masks the rows of one sheet as they pass, from the first to the last.

    Column by column in blocks of rows: most columns have few distinct values, and most of these may be shown.
    """

    def __init__(self, tables: Sequence[Table], reader: Reader, goes_on: bool):
        self.goes_on = goes_on
        self.headings = _Headings(reader)
        beside = np.ones(max((int(table.row_numbers[-1]) for table in tables if table.height), default=0) + 1, bool)
        for table in tables:
            beside[table.row_numbers] = False
        self.beside_data = beside.tobytes()  # by row number, to the last row of the tables
        self.total_rows = {total.row_number for table in tables for total in table.totals}
        self.first_heading_row = tables[0].recognised.first_heading_row
        self.first_data_row = tables[0].recognised.first_data_row
        self.named = _named(tables)
        self.is_personal = any(column.pii for table in tables for column in table.recognised.contract.columns)
        self.columns: dict[int, Column] = {}

    def rows(self, rows: Iterator[Row], wanted: Container[int] | None = None) -> Iterator[tuple[int, Row]]:
        """The rows with their numbers, those to the last heading and those `wanted` (all where nothing is said).

        Where a form is about persons, titles and notes are not shown: they may name one.
        """
        for number, row in self._masked(rows, wanted):
            is_heading = self.first_heading_row < number <= self.first_data_row
            yield (
                number,
                row
                if is_heading or not (self.is_personal and self._is_beside_data(number))
                else self._bare(number, row),
            )

    def _bare(self, number: int, row: Row) -> Row:
        return [value if value == "" or self._is_harmless(number, _as_text(value)) else NOT_SHOWN for value in row]

    def _masked(self, rows: Iterator[Row], wanted: Container[int] | None) -> Iterator[tuple[int, Row]]:
        numbered = enumerate(rows, start=1)
        head = list(islice(numbered, self.first_data_row))
        yield from self._block(head)
        self.columns = self._personal_columns([row for _, row in head])
        if wanted is None:
            looked_at: Iterator[tuple[int, Row]] = numbered
        else:  # headings may stand in any row beside the data
            looked_at = (each for each in numbered if each[0] in wanted or self._is_beside_data(each[0]))
        while block := list(islice(looked_at, BLOCK_ROWS)):
            masked = self._block(block)
            yield from masked if wanted is None else (each for each in masked if each[0] in wanted)

    def _block(self, block: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
        """The rows of a block masked, with their numbers."""
        if not block:
            return iter(())
        numbers, rows = zip(*block, strict=True)
        columns = [self._column(numbers, position, values) for position, values in enumerate(zip(*rows, strict=True))]
        return zip(numbers, map(list, zip(*columns, strict=True)), strict=True)

    def _column(self, numbers: Sequence[int], position: int, values: Sequence[Value]) -> Sequence[Value]:
        if any(map(self.headings.find, set(values))):  # after a page break, or of another table
            return [self._beside_heading(row, position, value) for row, value in zip(numbers, values, strict=True)]
        return self._below_heading(numbers, position, values)

    def _beside_heading(self, number: int, position: int, value: Value) -> Value:
        """One cell of a column in which a heading stands, which holds for what follows."""
        if heading := self.headings.find(value):
            self.columns[position] = strictest(heading, self.columns.get(position)) or heading
            return value
        return self._below_heading([number], position, [value])[0]

    def _below_heading(self, numbers: Sequence[int], position: int, values: Sequence[Value]) -> Sequence[Value]:
        column = self.columns.get(position)
        if column is not None:
            return self._personal(numbers, column, values)
        masked = {value: text for value in set(values) if (text := without_long_digits(value)) is not value}
        return [masked.get(value, value) for value in values] if masked else values

    def _personal(self, numbers: Sequence[int], column: Column, values: Sequence[Value]) -> Sequence[Value]:
        texts = list(map(_as_text, values))
        masked = {text: shown(column, text) or NOT_SHOWN if text.strip() else text for text in set(texts)}
        return [
            without_long_digits(value) if self._is_beside_data(row) and self._is_harmless(row, text) else masked[text]
            for row, text, value in zip(numbers, texts, values, strict=True)
        ]

    def _personal_columns(self, head: Sequence[Row]) -> dict[int, Column]:
        """The personal columns by position: by their heading where any form knows it.

        Any other by what its heading contains, by what stands above it, and by a heading to the left, which may be merged.
        """
        above: dict[int, Column] = {}
        headed: set[int] = set()
        for row in head[-HEADING_ROWS_MAX - 1 :]:
            heading: Column | None = None
            for position, value in enumerate(row):
                if str(value).strip():
                    headed.add(position)
                if position in headed:
                    heading = self.headings.find(value)
                if personal := strictest(heading, above.get(position)):
                    above[position] = personal
        personal_columns = {}
        width = max(map(len, head), default=0)
        for position in above.keys() | headed | set(range(width)):
            texts = self.named.get(position, {""})
            if personal := strictest(*(self._personal_column(text, above.get(position)) for text in texts)):
                personal_columns[position] = personal
        return personal_columns

    def _personal_column(self, heading: str, above: Column | None) -> Column | None:
        """The personal column that a heading is of, with what stands `above` it."""
        if self.headings.is_known(heading):
            return self.headings.find(heading)
        # Where a form has persons, what no form knows may be about them.
        hidden = self.headings.hidden() if self.is_personal else None
        return strictest(above, self.headings.contained(heading), hidden)

    def _is_beside_data(self, number: int) -> bool:
        return bool(self.beside_data[number]) if number < len(self.beside_data) else not self.goes_on

    def _is_harmless(self, number: int, text: str) -> bool:
        """Whether a cell beside the data names nobody: a label of totals or its figure, a unit, a heading."""
        return bool(
            total_label(text)
            or (number in self.total_rows and TOTAL_FIGURE.fullmatch(text))
            or is_statement(text)
            or unit_line([text])
            or self.headings.is_known(text)
            or number == self.first_data_row  # the last row of the headings
        )


def _named(tables: Sequence[Table]) -> dict[int, set[str]]:
    """What columns are called, by position: tables below each other may have theirs in another order, or none at a place ('').

    Tables side by side begin in the same row: their headings are one row.
    """
    headings: dict[int, dict[int, str]] = {}
    for table in tables:
        own = {p + table.first_column: text for p, text in table.recognised.headings.items()}
        headings.setdefault(table.recognised.first_data_row, {}).update(own)
    places = set().union(*headings.values())
    return {position: {row.get(position, "") for row in headings.values()} for position in places}


def without_long_digits(value: Value) -> Value:
    """The value, or masked text when it holds a run of 11 or more digits."""
    if isinstance(value, str):
        return mask_digits(value)
    if isinstance(value, (int, float)) and abs(value) >= LONG_NUMBER:
        return mask_digits(_as_text(value))
    return value


def _as_text(value: Value) -> str:
    if isinstance(value, str):
        return value
    is_whole = isinstance(value, float) and value.is_integer()
    return f"{value:.0f}" if is_whole or isinstance(value, int) else str(value)
