"""A segment: documents read together are checked form by form, in whole columns, and become the lake's tables.

What was added since the last check is checked at once, so that a large document may come in parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from ingest.checking.batch import Batch, Placed
from ingest.checking.cells import long_cells
from ingest.checking.check import check_batch, check_totals
from ingest.checking.filled import filled_columns
from ingest.checking.issues import IssueList
from ingest.checking.pseudonyms import Pseudonymiser
from ingest.contracts.contract import Contract
from ingest.lake.schemas import CELL_SCHEMA, COLUMN_SCHEMA, EXPLANATION_SCHEMA, FILLED_SCHEMA, SHEET_SCHEMA
from ingest.reading.feedback_mark import FeedbackMark
from ingest.reading.reader import ReadDocument
from ingest.reading.returned import Returned
from ingest.reading.table import Remark, Table
from ingest.reference import Collection, Reference
from ingest.values.parse import mask_digits, parse_identifier

CELLS_NAMED = 5
SheetKey = tuple[int, int, str]  # reading, sheet and form


@dataclass
class CheckedSheet:
    """What became of the rows of one sheet, as the lake knows it; of one that was rejected also the `schools` that it names."""

    reading_id: int
    sheet_no: int
    sheet: str
    form: str
    is_accepted: bool
    rows_read: int = 0
    rows_quarantined: int = 0
    schools: str | None = None


@dataclass
class Segment:
    """Collects documents, then checks them all at once; `sheets` grows with every part of one."""

    contracts: dict[str, Contract]
    reference: Reference
    pseudonymiser: Pseudonymiser
    _sheets: dict[SheetKey, CheckedSheet] = field(default_factory=dict)
    _letters: dict[SheetKey, dict[str, str | None]] = field(default_factory=dict)
    _placed: dict[str, list[Placed]] = field(default_factory=dict)
    _explanations: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._issues = IssueList(self.reference, self.pseudonymiser)

    @property
    def sheets(self) -> list[CheckedSheet]:
        """The sheets taken in so far, one for each form on a sheet, in the order in which they came."""
        return list(self._sheets.values())

    def add(self, reading_id: int, collection: Collection, document: ReadDocument) -> None:
        """Takes a document in; sheets without a required column are set aside whole."""
        if document.check_id and not document.tables:
            self._issues.add_document(reading_id, document.check_id, document.reason or "")
        for name, sheet_no in document.hidden_sheets:
            self._issues.add_sheet(reading_id, "document.hidden_sheet", name, sheet_no, name)
        for said in document.remarks:
            self._issues.add_remark(reading_id, said.sheet, said.sheet_no, said.remark)
        of_this_year = {table.form for table in document.tables if collection.school_year in table.years}
        for table in document.tables:
            placed = Placed(reading_id, collection, table)
            is_other_year = bool(table.years) and collection.school_year not in table.years
            if is_other_year:
                self._say(placed, Remark("document.other_year", _other_year(table, table.form not in of_this_year)))
            if not (is_other_year and table.form in of_this_year):
                self._add_table(placed)

    def _add_table(self, placed: Placed) -> None:
        """Takes a table in; one that lacks a required column, or cannot be understood, is set aside whole."""
        table = placed.table
        for column in table.recognised.missing_columns:
            self._issues.add_missing_column(placed, column)
        for remark in (*table.rejections, *table.remarks):
            self._say(placed, remark)
        if table.recognised.missing_columns or table.rejections:
            self._count(placed, False, table.height)
            return
        self._placed.setdefault(table.form, []).append(placed)

    def _say(self, placed: Placed, remark: Remark) -> None:
        table = placed.table
        self._issues.add_remark(placed.reading_id, table.sheet, table.sheet_no, remark, table.recognised.contract)

    def add_returned(self, reading_id: int, mark: FeedbackMark, returned: Returned) -> None:
        """Takes in what a feedback workbook that came back says; cells changed in it are told, and not read."""
        for answer in returned.explanations:
            row = {"reading_id": reading_id, "explained_document_id": mark.document_id, "explanation": answer.text}
            self._explanations.append(
                row | {"issue_no": answer.issue_no, "check_id": answer.check_id, "form": answer.form}
            )
        if returned.changed_count:
            named = "、".join(returned.changed_cells[:CELLS_NAMED])
            detail = f"{named} 等 {returned.changed_count} 处" if returned.changed_count > CELLS_NAMED else named
            self._issues.add_document(reading_id, "document.feedback_changed", detail)

    def check(self) -> dict[str, pa.Table]:
        """Checks all that was added since; its rows, cells and issues by their place in the lake."""
        tables = {}
        cells, filled = [CELL_SCHEMA.empty_table()], [FILLED_SCHEMA.empty_table()]
        for form, placed in self._placed.items():
            batch = Batch(self.contracts[form], placed)
            checked = check_batch(batch, self.reference, self.pseudonymiser, self._issues)
            tables[f"rows/{form}"] = checked.rows
            filled.append(filled_columns(batch.contract, checked.rows))
            if batch.contract.kind == "return":
                cells.append(long_cells(batch.contract, checked.rows))
            for each, quarantined in zip(placed, checked.quarantined.tolist(), strict=True):
                self._count(each, True, quarantined)
                check_totals(each, self.reference, self._issues)
                for heading in each.table.unknown_headings:
                    self._issues.add_unknown_column(each, heading)
        tables["cells"], tables["filled"] = pa.concat_tables(cells), pa.concat_tables(filled)
        tables["issues"] = self._issues.table()
        self._placed = {}
        self._issues = IssueList(self.reference, self.pseudonymiser)
        return tables

    def finish(self) -> dict[str, pa.Table]:
        """Sheets, their columns and explanations, once everything was checked; and the issues of sheets without a row."""
        for sheet in self.sheets:
            if sheet.is_accepted and not sheet.rows_read:
                remark, contract = Remark("document.no_rows", sheet.sheet), self.contracts[sheet.form]
                self._issues.add_remark(sheet.reading_id, sheet.sheet, sheet.sheet_no, remark, contract)
        return {
            "sheets": pa.Table.from_pylist(list(map(vars, self.sheets)), SHEET_SCHEMA),
            "columns": pa.Table.from_pylist(list(self._column_rows()), COLUMN_SCHEMA),
            "issues": self._issues.table(),
            "explanations": pa.Table.from_pylist(self._explanations, EXPLANATION_SCHEMA),
        }

    def _count(self, placed: Placed, is_accepted: bool, rows_quarantined: int) -> None:
        """Counts the rows of a form on a sheet: of one table, or of a further part of it, or of another."""
        table = placed.table
        place = (placed.reading_id, table.sheet_no, table.form)
        if place not in self._sheets:
            schools = None if is_accepted else schools_named(table, self.contracts["school_register"])
            self._sheets[place] = CheckedSheet(*place[:2], table.sheet, table.form, is_accepted, schools=schools)
        sheet = self._sheets[place]
        if is_accepted and not sheet.is_accepted:  # a table before was set aside whole
            sheet.is_accepted, sheet.schools, sheet.rows_quarantined = True, None, sheet.rows_read
        sheet.rows_read += table.height
        sheet.rows_quarantined += rows_quarantined if is_accepted or not sheet.is_accepted else table.height
        if is_accepted:
            self._note_columns(place, table)

    def _note_columns(self, place: SheetKey, table: Table) -> None:
        """Where the columns stand; where two tables of a form have one in different places, SQL is told neither."""
        letters = self._letters.setdefault(place, {})
        for name, letter in table.letters.items():
            letters[name] = letter if letters.get(name, letter) == letter else None

    def _column_rows(self) -> Iterator[dict[str, object]]:
        for (reading_id, sheet_no, form), letters in self._letters.items():
            where = {"reading_id": reading_id, "sheet_no": sheet_no, "form": form}
            for name, letter in letters.items():
                yield where | {"column_name": name, "column_letter": letter}


def schools_named(table: Table, register: Contract) -> str | None:
    """Every school that the rows name, parted by `;`; None where they name none. What is no school's number stays in the archive."""
    if "school_id" not in table.cells:
        return None
    pattern = register.column("school_id").pattern or ""
    named = {str(parse_identifier(text).value) for text in table.cells["school_id"].unique().to_pylist() if text}
    return ";".join(sorted(school for school in named if re.fullmatch(pattern, school))) or None


def _other_year(table: Table, is_read: bool) -> str:
    """Which other school year a sheet names, and whether it is read all the same."""
    years = "、".join(f"{year} 学年" for year in sorted(table.years))
    return f"工作表“{mask_digits(table.sheet)}”写的是 {years}，" + ("已按本学年采用" if is_read else "未读取")
