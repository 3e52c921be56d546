"""Checking a batch: typed rows for the lake, with those at fault set aside, and the issues of every fault."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checking import id_numbers
from ingest.checking.batch import Batch, Placed
from ingest.checking.columns import TypedColumn, comparable, masked_text, type_column
from ingest.checking.grades import settle_years
from ingest.checking.issues import IssueList, slipped_rows
from ingest.checking.pseudonyms import Pseudonymiser
from ingest.checking.rules import ages, fill_in_implied, find_faults
from ingest.checking.totals import wrong_totals
from ingest.contracts.contract import AGE, IS_COUNTED, YEAR_OF_STAGE
from ingest.reference import Reference
from ingest.values.wording import figure

PLAIN_NUMBER = "^[0-9]{1,10}$"


@dataclass(frozen=True)
class CheckedBatch:
    """Rows in the shape of the lake, and how many of each table's rows were set aside."""

    rows: pa.Table
    quarantined: np.ndarray


def check_batch(batch: Batch, reference: Reference, pseudonymiser: Pseudonymiser, issues: IssueList) -> CheckedBatch:
    """Types and checks every row; adds each fault to `issues`. All rows come back, at fault or not."""
    typed = {
        c.name: type_column(c, batch.texts(c.name), batch.factors(c.name), reference) for c in batch.contract.columns
    }
    fill_in_implied(batch.contract, typed)
    derived = _derived(batch, typed, reference)
    faults = find_faults(batch, typed, reference)
    issues.add_faults(batch, faults)
    is_wrong = np.zeros(batch.height, bool)
    for fault in faults:
        if reference.checks[fault.check_id].severity == "error":
            is_wrong |= fault.rows
    slipped = is_wrong & slipped_rows(batch, faults, reference.checks)
    rows = _lake_rows(batch, typed, derived, is_wrong, slipped, pseudonymiser)
    return CheckedBatch(rows, np.bincount(batch.table_of[is_wrong], minlength=len(batch.placed)))


def _lake_rows(
    batch: Batch,
    typed: dict[str, TypedColumn],
    derived: dict[str, pa.Array],
    is_wrong: np.ndarray,
    slipped: np.ndarray,
    pseudonymiser: Pseudonymiser,
) -> pa.Table:
    contract = batch.contract
    columns: dict[str, object] = {
        "reading_id": batch.per_row([p.reading_id for p in batch.placed]),
        "sheet_no": batch.per_row([p.table.sheet_no for p in batch.placed]),
        "row_number": batch.row_numbers,
        "is_accepted": ~is_wrong,
    }
    for column in contract.columns:
        values = typed[column.name].values
        if column.type == "text" and not column.pii and slipped.any():
            values = _without_names(values, slipped, column.identifier)
        if column.comparable:
            columns[column.comparable_name] = masked_text(comparable(values, column.comparable))
        if column.pii == "pseudonymise":
            columns[str(column.lake_name)] = _pseudonyms(column.name, typed, pseudonymiser)
        elif column.pii == "to_month":
            columns[str(column.lake_name)] = _first_of_month(values)
        elif column.lake_name:
            columns[column.lake_name] = masked_text(values) if pa.types.is_string(values.type) else values
    columns |= derived
    return pa.table([columns[name] for name in contract.lake_schema.names], contract.lake_schema)


def _without_names(values: pa.Array, slipped: np.ndarray, is_identifier: bool) -> pa.Array:
    """A text column without what stands at slipped rows, where a name may stand anywhere; a number of a school stays."""
    hidden = pa.array(slipped)
    if is_identifier:
        hidden = pc.and_not(hidden, pc.fill_null(pc.match_substring_regex(values, PLAIN_NUMBER), False))
    return pc.if_else(hidden, None, values)


def _derived(batch: Batch, typed: dict[str, TypedColumn], reference: Reference) -> dict[str, pa.Array]:
    """What the lake holds of a row beside its columns: the year of an unnamed stage, the age, and whether the person counts."""
    found: dict[str, pa.Array] = {}
    for column in batch.contract.columns:
        if column.stage_years:
            found[YEAR_OF_STAGE] = settle_years(batch, column, typed[column.name], reference)
            found[AGE] = ages(batch, typed["birth_date"])
    if name := batch.contract.counts_by:
        gone = reference.not_counted(str(batch.contract.column(name).codes))
        found[IS_COUNTED] = pc.invert(pc.fill_null(pc.is_in(typed[name].values, pa.array(gone, pa.string())), False))
    return found


def _pseudonyms(name: str, typed: dict[str, TypedColumn], pseudonymiser: Pseudonymiser) -> pa.Array:
    """Pseudonyms of the key column; a person without a number is known by the ID number."""
    known_by_id = typed["id_number"].values if "id_number" in typed else None
    return pseudonymiser.pseudonyms(id_numbers.identity_numbers(typed[name].values, known_by_id))


def _first_of_month(dates: pa.Array) -> pa.Array:
    return pc.floor_temporal(dates, unit="month").cast(pa.date32())


def check_totals(placed: Placed, reference: Reference, issues: IssueList) -> None:
    """Adds a query for every total of a table that its rows do not add up to."""
    tolerance = reference.threshold("table.total", "relative_tolerance")
    for wrong in wrong_totals(placed.table, tolerance):
        issues.add_cell(placed, "table.total", wrong.column, wrong.row_number, wrong.text, figure(wrong.expected))
