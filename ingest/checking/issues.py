"""Issues: one shape for every fault, with the exact cell, a message in Chinese, and nothing that identifies a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checking.batch import Batch, Placed
from ingest.checking.pseudonyms import Pseudonymiser
from ingest.checking.rules import Fault
from ingest.contracts.contract import Column, Contract
from ingest.lake.schemas import ISSUE_SCHEMA
from ingest.reading.table import Remark
from ingest.reference import Check, Reference
from ingest.values import parse as v

NOT_SHOWN = "（不显示）"
BLANK_SHOWN = "（空）"
SHOWN_CHARACTERS = 80
CURE = re.compile("[，；。]请")


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
        return f"{born:%Y-%m}" if born else NOT_SHOWN
    return None


def message(check: Check, column: str = "", value: str | None = "", detail: str = "", form: str = "") -> str:
    """The check's message with its blanks filled in; where the detail says how to mend it, the message does not say it again."""
    filled = {
        "column": column,
        "value": BLANK_SHOWN if value == "" else value or NOT_SHOWN,
        "detail": detail,
        "form": form,
    }
    before, ends_in_cure, _ = check.message_zh.partition("{detail}。请")
    text = f"{before}{{detail}}。" if ends_in_cure and CURE.search(detail) else check.message_zh
    for name, replacement in filled.items():
        text = text.replace(f"{{{name}}}", replacement)
    return text


def slipped_rows(batch: Batch, faults: Sequence[Fault], checks: Mapping[str, Check]) -> np.ndarray:
    """Rows that have probably slipped by a column: of a form about persons, with errors in two columns or without a name.

    Anything may stand anywhere in them, so none of it is shown (returns.md, Personal data).
    """
    personal = [column.name for column in batch.contract.columns if column.pii]
    if not personal:
        return np.zeros(batch.height, bool)
    columns: dict[str, np.ndarray] = {}
    for fault in faults:
        if fault.column and checks[fault.check_id].severity == "error":
            columns[fault.column] = columns.get(fault.column, False) | fault.rows
    at_fault = np.sum([*columns.values(), np.zeros(batch.height, np.int64)], axis=0)
    names = [c.name for c in batch.contract.columns if c.pii == "drop" and c.required]
    nameless = [pc.equal(pc.utf8_trim_whitespace(batch.texts(name)), "") for name in names]
    slipped: np.ndarray = np.logical_or.reduce(
        [at_fault > 1, *(mask.to_numpy(zero_copy_only=False) for mask in nameless)]
    )
    return slipped


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

    def add_remark(
        self, reading_id: int, sheet: str, sheet_no: int, remark: Remark, contract: Contract | None = None
    ) -> None:
        """What there is to say of a sheet, of a part of it, or of its table of a form."""
        column = remark.column
        heading = column
        if contract and column in {each.name for each in contract.columns}:
            heading = contract.column(str(column)).heading_zh
        text = message(
            self.checks[remark.check_id],
            column=v.mask_digits(heading or ""),
            detail=v.mask_digits(remark.detail),
            form=contract.name_zh if contract else "",
        )
        form = contract.form if contract else None
        self._add(reading_id, remark.check_id, text, sheet=sheet, sheet_no=sheet_no, column_name=column, form=form)

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
        is_shown: bool = True,
    ) -> None:
        """An issue of one cell; of one that is not to be shown it says where, but not what stands there."""
        value = shown(column, text) if is_shown else None
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
        slipped = slipped_rows(batch, faults, self.checks)
        for fault in faults:
            positions = np.flatnonzero(fault.rows)
            if fault.column is None:
                self._add_rows(batch, fault, positions, row_keys)
                continue
            column = batch.contract.column(fault.column)
            texts = batch.texts(column.name).take(pa.array(positions)).to_pylist()
            for position, text in zip(positions.tolist(), texts, strict=True):
                placed = batch.placed[batch.table_of[position]]
                row_number = int(batch.row_numbers[position])
                self.add_cell(
                    placed,
                    fault.check_id,
                    column,
                    row_number,
                    text,
                    fault.detail,
                    row_keys[position],
                    is_shown=not slipped[position],
                )

    def _add_rows(self, batch: Batch, fault: Fault, positions: np.ndarray, row_keys: dict[int, bytes]) -> None:
        """Issues of whole rows."""
        text = message(self.checks[fault.check_id], detail=fault.detail)
        for position in positions.tolist():
            placed = batch.placed[batch.table_of[position]]
            row_number = int(batch.row_numbers[position])
            self._add_table(placed, fault.check_id, text, row_number=row_number, row_key=row_keys[position])

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
        """All issues, in the shape of the lake."""
        return pa.Table.from_pylist(self._rows, ISSUE_SCHEMA)
