"""Reading one document: its sheets, the tables found on them, or the reason why it is rejected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.contracts.contract import Contract
from ingest.errors import UnreadableDocumentError
from ingest.reading.delimited import read_in_parts
from ingest.reading.document import open_document
from ingest.reading.feedback_mark import FeedbackMark, MarkedWorkbookError
from ingest.reading.rows import rows_of_figures
from ingest.reading.sheet import Sheet, is_blank
from ingest.reading.table import HEAD_ROWS, Remark, Table, TableFinder, unread_rows
from ingest.reading.truncated_ids import mark_rounded_numbers
from ingest.reference import Reference
from ingest.values.characters import visible_text
from ingest.values.parse import code_table, mask_digits
from ingest.values.vocabulary import VOCABULARY

UNREADABLE = "document.unreadable"
MISSING_COLUMN = "document.missing_column"
OFFICIAL = re.compile(VOCABULARY.official_pattern)
OFFICIAL_ROWS = 8


@dataclass(frozen=True)
class SheetRemark:
    """What there is to say of a sheet of the document that holds no form, or not only that."""

    sheet: str
    sheet_no: int
    remark: Remark


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
    mark: FeedbackMark | None = None
    remarks: tuple[SheetRemark, ...] = ()

    @property
    def rows(self) -> int:
        """Data rows of all its tables."""
        return sum(table.height for table in self.tables)

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms on its sheets, also on those that were rejected."""
        return tuple(sorted({table.form for table in self.tables}))


def unreadable(reason: str) -> ReadDocument:
    """A document that is rejected as a whole."""
    return ReadDocument(check_id=UNREADABLE, reason=reason)


class Reader:
    """Reads documents by the headings of the contracts and the labels of the code lists."""

    def __init__(self, contracts: Mapping[str, Contract], reference: Reference):
        self.contracts = contracts
        self.finder = TableFinder(contracts, {name: code_table(codes) for name, codes in reference.codes.items()})

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
        *_, last = first.tables
        for sheet in sheets:
            tables = self.finder.following(sheet, last.recognised)
            yield ReadDocument(tuple(replace(table, totals=(), unknown_headings=()) for table in tables))

    def read_sheets(self, sheets: Sequence[Sheet]) -> ReadDocument:
        """The tables on the sheets of a document that is open already."""
        hidden = tuple((_shown_name(sheet), sheet.sheet_no) for sheet in sheets if sheet.is_hidden)
        shown = [replace(sheet, name=_shown_name(sheet)) for sheet in sheets if sheet.height]
        if any(map(_is_official, shown)):
            return ReadDocument((), hidden, True, "document.official", "事业统计报表，本系统不读取；请报送规定的表")
        tables, remarks = self._tables(shown)
        has_unrecognised = len({table.sheet_no for table in tables}) < len(shown)
        if not tables:
            return ReadDocument((), hidden, True, "document.unrecognised", self._closest(shown))
        check_id, reason = _rejected(tables)
        return ReadDocument(tuple(tables), hidden, has_unrecognised, check_id, reason, remarks=tuple(remarks))

    def _tables(self, sheets: Sequence[Sheet]) -> tuple[list[Table], list[SheetRemark]]:
        """The tables of all sheets; a page without headings goes on with the table of the page before."""
        found = {sheet.sheet_no: self.finder.tables(sheet) for sheet in sheets}
        remarks: list[SheetRemark] = []
        before: Table | None = None
        for sheet in sheets:
            if not found[sheet.sheet_no] and before and _goes_on(sheet, before):
                found[sheet.sheet_no] = self.finder.following(sheet, before.recognised)
                if not before.height:
                    found[before.sheet_no].remove(before)
            elif not found[sheet.sheet_no] and any(found.values()) and (rows := _figures(sheet)):
                remark = unread_rows(sheet, rows[0], sheet.height - 1)
                remarks.append(SheetRemark(sheet.name, sheet.sheet_no, remark))
            before = found[sheet.sheet_no][-1] if found[sheet.sheet_no] else None
            remarks += [SheetRemark(sheet.name, sheet.sheet_no, Remark(*note)) for note in sheet.notes]
        tables = [mark_rounded_numbers(sheet, table) for sheet in sheets for table in found[sheet.sheet_no]]
        return tables, remarks

    def _closest(self, sheets: Sequence[Sheet]) -> str:
        """Which form a document that holds none comes closest to, and how many of its required columns are there."""
        texts = {cell for sheet in sheets for row in sheet.head(HEAD_ROWS) for cell in row if cell.strip()}
        named: dict[str, set[str]] = {}
        for text in texts:
            for form, columns in self.finder.index.find(text).items():
                named.setdefault(form, set()).update(columns)
        if not named:
            return "没有一张工作表能对应到规定的表"
        form = max(named, key=lambda each: (len(named[each]), len(named[each]) / len(self.contracts[each].columns)))
        contract = self.contracts[form]
        required = [column for column in contract.columns if column.required]
        missing = [column.heading_zh for column in required if column.name not in named[form]]
        return (
            f"没有一张工作表能对应到规定的表。最接近的是“{contract.name_zh}”：{len(required)} 个必填列中有 "
            f"{len(required) - len(missing)} 个"
            + (f"，缺少{'、'.join(missing)}" if missing else "")
            + "。如为其他表，不需要报送"
        )


def _shown_name(sheet: Sheet) -> str:
    """The sheet's name without what nobody sees, and without the number of a person."""
    return mask_digits(visible_text(sheet.name))


def _is_official(sheet: Sheet) -> bool:
    """Whether a sheet is one of the ministry's own statistics: its name or a cell above its table is the code of their form."""
    cells = (cell for row in sheet.head(OFFICIAL_ROWS) for cell in row if "基" in cell)
    return any(OFFICIAL.match(text.strip()) for text in (sheet.name, *cells))


def _rejected(tables: Sequence[Table]) -> tuple[str | None, str | None]:
    """Why no table of the document is left, as check and reason; None where one is."""
    reasons = [_reason(table) for table in tables]
    if not all(reasons):
        return None, None
    check_id, _ = reasons[0]  # type: ignore[misc]
    said = dict.fromkeys(text for reason in reasons if reason and reason[0] == check_id for text in [reason[1]])
    return check_id, "；".join(said)


def _reason(table: Table) -> tuple[str, str] | None:
    """Why a table is set aside as a whole."""
    contract = table.recognised.contract
    if missing := table.recognised.missing_columns:
        return MISSING_COLUMN, f"“{contract.name_zh}”缺少必填列：{'、'.join(column.heading_zh for column in missing)}"
    for rejection in table.rejections:
        if rejection.check_id == "document.unit":
            heading = contract.column(str(rejection.column)).heading_zh
            return rejection.check_id, f"“{heading}”的计量单位“{rejection.detail}”不能识别"
        return rejection.check_id, f"工作表“{rejection.detail}”是反馈表的副本，请更正并报送本单位自己的表"
    return None


def _goes_on(sheet: Sheet, before: Table) -> bool:
    """Whether a sheet without headings goes on with the table of the page before: as many columns, and identifiers in their place."""
    filled = [position for position, column in enumerate(sheet.columns) if not is_blank(column)]
    headed = sorted(before.recognised.headings)
    held = [p for name, p in before.recognised.columns.items() if not is_blank(before.cells[name])]
    last_held = max(held, default=headed[-1])  # behind it stood nothing on the page before: 备注, mostly
    same_width = bool(filled) and last_held - headed[0] <= filled[-1] - filled[0] <= headed[-1] - headed[0]
    return same_width and sheet.first_column + filled[0] == before.first_column + headed[0] and _fits(sheet, before)


def _fits(sheet: Sheet, before: Table) -> bool:
    """Whether most rows hold figures or identifiers where the table has them."""
    contract = before.recognised.contract
    places = [
        position
        for name, position in before.recognised.columns.items()
        if contract.column(name).identifier or contract.column(name).type in ("int", "number")
    ]
    rows = sheet.head(HEAD_ROWS)
    held = sum(any(re.search(r"\d", row[position]) for position in places if position < len(row)) for row in rows)
    return not places or 2 * held > len(rows)


def _figures(sheet: Sheet) -> list[int]:
    """The first rows of a sheet that hold figures; none of a page of our own templates."""
    return [] if sheet.name in VOCABULARY.template_pages else rows_of_figures(sheet.head(HEAD_ROWS))
