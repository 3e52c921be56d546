"""Reading one document: its sheets, the tables found on them, or the reason why it is rejected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.contract import Contract
from ingest.errors import UnreadableDocumentError
from ingest.reading.delimited import read_in_parts
from ingest.reading.document import open_document
from ingest.reading.recognise import HEADING_ROWS_MAX, SEARCHED_ROWS, HeadingIndex, recognise
from ingest.reading.rounded import mark_rounded_numbers
from ingest.reading.sheet import Sheet
from ingest.reading.table import Table, extract_table
from ingest.workbooks.mark import Mark, MarkedWorkbookError

UNREADABLE = "document.unreadable"


@dataclass(frozen=True)
class ReadDocument:
    """What a document holds; when it is rejected as a whole, `check_id` and `reason` (Chinese) say why.

    A feedback workbook that came back holds nothing but its `mark`.
    """

    tables: tuple[Table, ...] = ()
    hidden_sheets: tuple[tuple[str, int], ...] = ()
    has_unrecognised: bool = False
    check_id: str | None = None
    reason: str | None = None
    mark: Mark | None = None

    @property
    def rows(self) -> int:
        return sum(table.height for table in self.tables)

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms on its sheets, also on those that were rejected."""
        return tuple(sorted({table.form for table in self.tables}))


def unreadable(reason: str) -> ReadDocument:
    """A document that is rejected as a whole."""
    return ReadDocument(check_id=UNREADABLE, reason=reason)


class Reader:
    """Reads documents by the headings of the contracts."""

    def __init__(self, contracts: Mapping[str, Contract]):
        self.contracts = contracts
        self.index = HeadingIndex.of(contracts)

    def read(self, path: Path) -> ReadDocument:
        """The tables of the document at `path`; never raises for what the document holds."""
        try:
            sheets = open_document(path)
        except UnreadableDocumentError as error:
            return unreadable(str(error))
        except MarkedWorkbookError as error:
            return ReadDocument(mark=error.mark)
        return self.read_sheets(sheets)

    def read_in_parts(self, path: Path) -> Iterator[ReadDocument]:
        """The large text at `path` in parts of one table each when it is a roster, else in one.

        Rows of totals are left out of parts: what they cover lies in several. UnreadableDocumentError when a later part cannot be
        parsed; what the first one says of the document holds for the whole.
        """
        sheets = read_in_parts(path)
        try:
            first = self.read_sheets([next(sheets)])
        except UnreadableDocumentError as error:
            yield unreadable(str(error))
            return
        if any(table.recognised.contract.kind != "roster" for table in first.tables):
            yield self.read(path)
            return
        yield replace(first, tables=tuple(replace(table, totals=()) for table in first.tables))
        if first.check_id:
            return
        (begin,) = first.tables
        following = replace(begin.recognised, first_data_row=0)
        for sheet in sheets:
            table = extract_table(sheet, following, [])
            yield ReadDocument((replace(table, totals=(), unknown_headings=()),))

    def read_sheets(self, sheets: Sequence[Sheet]) -> ReadDocument:
        """The tables on the sheets of a document that is open already."""
        hidden = tuple((sheet.name, sheet.sheet_no) for sheet in sheets if sheet.is_hidden)
        found = [self._table(sheet) for sheet in sheets if sheet.height]
        tables = tuple(table for table in found if table is not None)
        has_unrecognised = len(tables) < len(found)
        if not tables:
            return ReadDocument((), hidden, True, "document.unrecognised", "没有一张工作表能对应到规定的表")
        missing = [column.heading_zh for table in tables for column in table.recognised.missing_columns]
        if all(table.recognised.missing_columns for table in tables):
            reason = f"缺少必填列：{'、'.join(missing)}"
            return ReadDocument(tables, hidden, has_unrecognised, "document.missing_column", reason)
        return ReadDocument(tables, hidden, has_unrecognised)

    def _table(self, sheet: Sheet) -> Table | None:
        head = sheet.head(SEARCHED_ROWS + HEADING_ROWS_MAX)
        recognised = recognise(head, self.index, self.contracts)
        if recognised is None:
            return None
        return mark_rounded_numbers(sheet, extract_table(sheet, recognised, head))
