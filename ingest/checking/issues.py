"""Issues: one shape for every fault, with the exact cell, a message in Chinese, and nothing that identifies a person."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from ingest.checking import values as v
from ingest.checking.batch import Batch, Placed
from ingest.checking.identity import Pseudonymiser
from ingest.checking.rules import Fault
from ingest.contract import PSEUDONYM, Column
from ingest.reference import Check, Reference

ISSUE_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "form": pa.string(),
        "sheet_no": pa.int32(),
        "sheet": pa.string(),
        "row_number": pa.int32(),
        "column_name": pa.string(),
        "cell": pa.string(),
        "check_id": pa.string(),
        "severity": pa.string(),
        "message_zh": pa.string(),
        "value_masked": pa.string(),
        # Keyed hashes of the row's identifiers and of the whole value: they tell whether another document asks the same again.
        "row_key": PSEUDONYM,
        "value_key": PSEUDONYM,
    }
)
NOT_SHOWN = "（不显示）"
BLANK_SHOWN = "（空）"
SHOWN_CHARACTERS = 80


def shown(column: Column | None, text: str) -> str | None:
    """What may be shown of a value: nothing of a dropped column, an identifier masked, a birth date as year and month."""
    text = text.strip()[:SHOWN_CHARACTERS]
    if not text:
        return None
    if column is None or column.pii is None:
        return v.mask_digits(text)
    if column.pii == "pseudonymise":
        return v.mask_identifier(text)
    if column.pii == "to_month":
        born = v.parse_date(text).value
        return f"{born:%Y-%m}" if born else NOT_SHOWN  # type: ignore[str-format]
    return None


def message(check: Check, column: str = "", value: str | None = "", detail: str = "", form: str = "") -> str:
    """The check's message with its blanks filled in."""
    filled = {
        "column": column,
        "value": BLANK_SHOWN if value == "" else value or NOT_SHOWN,
        "detail": detail,
        "form": form,
    }
    text = check.message_zh
    for name, replacement in filled.items():
        text = text.replace(f"{{{name}}}", replacement)
    return text


class IssueList:
    """Collects issues row by row; faults are few beside the rows they are found in."""

    def __init__(self, reference: Reference, pseudonymiser: Pseudonymiser):
        self.checks = reference.checks
        self.pseudonymiser = pseudonymiser
        self._rows: list[dict[str, object]] = []

    def add_document(self, reading_id: int, check_id: str, detail: str = "") -> None:
        """An issue of a whole document."""
        self._add(reading_id, check_id, message(self.checks[check_id], detail=detail))

    def add_sheet(self, reading_id: int, check_id: str, sheet: str, sheet_no: int, detail: str = "") -> None:
        """An issue of a whole sheet that holds no form."""
        self._add(reading_id, check_id, message(self.checks[check_id], detail=detail), sheet=sheet, sheet_no=sheet_no)

    def add_missing_column(self, placed: Placed, column: Column) -> None:
        """A required column that a sheet does not have."""
        contract = placed.table.recognised.contract
        text = message(self.checks["document.missing_column"], column=column.heading_zh, form=contract.name_zh)
        self._add_table(placed, "document.missing_column", text, column_name=column.name)

    def add_unknown_column(self, placed: Placed, heading: str) -> None:
        """A column that no form knows, at its heading."""
        heading, contract = v.mask_digits(heading), placed.table.recognised.contract
        text = message(self.checks["document.unknown_column"], column=heading, form=contract.name_zh)
        self._add_table(placed, "document.unknown_column", text, column_name=heading)

    def add_cell(
        self,
        placed: Placed,
        check_id: str,
        column: Column,
        row_number: int,
        text: str,
        detail: str,
        row_key: bytes | None = None,
    ) -> None:
        """An issue of one cell."""
        value = shown(column, text)
        letter = placed.table.letters.get(column.name)
        self._add_table(
            placed,
            check_id,
            message(
                self.checks[check_id],
                column.heading_zh,
                value if text.strip() else "",
                detail,
                placed.table.recognised.contract.name_zh,
            ),
            row_number=row_number,
            column_name=column.name,
            cell=f"{letter}{row_number}" if letter else None,
            value_masked=value,
            row_key=row_key,
            value_key=self.pseudonymiser.pseudonym(v.clean(text)),
        )

    def _add_table(self, placed: Placed, check_id: str, text: str, **where: object) -> None:
        self._add(
            placed.reading_id,
            check_id,
            text,
            form=placed.table.form,
            sheet=placed.table.sheet,
            sheet_no=placed.table.sheet_no,
            **where,
        )

    def _add(self, reading_id: int, check_id: str, text: str, **where: object) -> None:
        severity = self.checks[check_id].severity
        self._rows.append(
            {"reading_id": reading_id, "check_id": check_id, "severity": severity, "message_zh": text, **where}
        )

    def add_faults(self, batch: Batch, faults: Iterable[Fault]) -> None:
        """One issue for every row of every fault."""
        faults = list(faults)
        row_keys = self._row_keys(batch, faults)
        for fault in faults:
            column = batch.contract.column(fault.column)
            positions = np.flatnonzero(fault.rows)
            texts = batch.texts(column.name).take(pa.array(positions)).to_pylist()
            for position, text in zip(positions.tolist(), texts, strict=True):
                placed = batch.placed[batch.table_of[position]]
                row_number = int(batch.row_numbers[position])
                self.add_cell(placed, fault.check_id, column, row_number, text, fault.detail, row_keys[position])

    def _row_keys(self, batch: Batch, faults: list[Fault]) -> dict[int, bytes]:
        """For each row at fault, by its position, a pseudonym of what identifies it as sent."""
        if not faults:
            return {}
        positions = np.flatnonzero(np.logical_or.reduce([fault.rows for fault in faults]))
        contract = batch.contract
        names = [column.name for column in contract.columns if column.identifier or column.name in contract.key]
        texts = (batch.texts(name).take(pa.array(positions)).to_pylist() for name in names)
        keys = (self.pseudonymiser.pseudonym("|".join(map(v.clean, row))) for row in zip(*texts, strict=True))
        return dict(zip(positions.tolist(), keys, strict=True))

    def table(self) -> pa.Table:
        return pa.Table.from_pylist(self._rows, ISSUE_SCHEMA)
