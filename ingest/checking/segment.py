"""A segment: documents read together are checked form by form, in whole columns, and become the lake's tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from ingest.checking.batch import Batch, Placed
from ingest.checking.cells import CELL_SCHEMA, long_cells
from ingest.checking.check import check_batch, check_totals
from ingest.checking.identity import Pseudonymiser
from ingest.checking.issues import IssueList
from ingest.contract import Contract
from ingest.lake import COLUMN_SCHEMA, EXPLANATION_SCHEMA, SHEET_SCHEMA
from ingest.reading.reader import ReadDocument
from ingest.reference import Collection, Reference
from ingest.workbooks.mark import Mark
from ingest.workbooks.returned import Returned

CELLS_NAMED = 5


@dataclass(frozen=True)
class CheckedSheet:
    """What became of the rows of one sheet."""

    placed: Placed
    is_accepted: bool
    rows_quarantined: int

    def row(self) -> dict[str, object]:
        table = self.placed.table
        return {
            "reading_id": self.placed.reading_id,
            "sheet_no": table.sheet_no,
            "sheet": table.sheet,
            "form": table.form,
            "is_accepted": self.is_accepted,
            "rows_read": table.height,
            "rows_quarantined": self.rows_quarantined,
        }


@dataclass
class Segment:
    """Collects documents, then checks them all at once; nothing of a document is checked before."""

    contracts: dict[str, Contract]
    reference: Reference
    pseudonymiser: Pseudonymiser
    sheets: list[CheckedSheet] = field(default_factory=list)
    _placed: dict[str, list[Placed]] = field(default_factory=dict)
    _explanations: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._issues = IssueList(self.reference, self.pseudonymiser)

    def add(self, reading_id: int, collection: Collection, document: ReadDocument) -> None:
        """Takes a document in; sheets without a required column are set aside whole."""
        if document.check_id and document.check_id != "document.missing_column":
            self._issues.add_document(reading_id, document.check_id, document.reason or "")
        for name, sheet_no in document.hidden_sheets:
            self._issues.add_sheet(reading_id, "document.hidden_sheet", name, sheet_no, name)
        for table in document.tables:
            placed = Placed(reading_id, collection, table)
            for column in table.recognised.missing_columns:
                self._issues.add_missing_column(placed, column)
            if table.recognised.missing_columns:
                self.sheets.append(CheckedSheet(placed, False, table.height))
            else:
                self._placed.setdefault(table.form, []).append(placed)

    def add_returned(self, reading_id: int, mark: Mark, returned: Returned) -> None:
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
        """Checks everything; the tables of the segment by their place in the lake. `sheets` is complete afterwards."""
        tables = {}
        cells = [CELL_SCHEMA.empty_table()]
        for form, placed in self._placed.items():
            batch = Batch(self.contracts[form], placed)
            checked = check_batch(batch, self.reference, self.pseudonymiser, self._issues)
            tables[f"rows/{form}"] = checked.rows
            if batch.contract.kind == "return":
                cells.append(long_cells(batch.contract, checked.rows))
            for each, quarantined in zip(placed, checked.quarantined.tolist(), strict=True):
                self.sheets.append(CheckedSheet(each, True, quarantined))
                check_totals(each, self.reference, self._issues)
                for heading in each.table.unknown_headings:
                    self._issues.add_unknown_column(each, heading)
        columns = [row for placed in self._placed.values() for each in placed for row in _column_rows(each)]
        tables["sheets"] = pa.Table.from_pylist([sheet.row() for sheet in self.sheets], SHEET_SCHEMA)
        tables["columns"] = pa.Table.from_pylist(columns, COLUMN_SCHEMA)
        tables["cells"] = pa.concat_tables(cells)
        tables["issues"] = self._issues.table()
        tables["explanations"] = pa.Table.from_pylist(self._explanations, EXPLANATION_SCHEMA)
        return tables


def _column_rows(placed: Placed) -> Iterator[dict[str, object]]:
    where = {"reading_id": placed.reading_id, "sheet_no": placed.table.sheet_no, "form": placed.table.form}
    for name, letter in placed.table.letters.items():
        yield where | {"column_name": name, "column_letter": letter}
