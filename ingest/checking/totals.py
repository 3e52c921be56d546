"""Rows of totals against the rows that they cover, as sent."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.contracts.contract import Column
from ingest.reading.table import Table, Total
from ingest.values.parse import parse_number

SUMMED_TYPES = ("int", "number")


@dataclass(frozen=True)
class WrongTotal:
    """A figure in a row of totals that is not what the rows add up to; `column` is where it stands."""

    row_number: int
    column: Column
    text: str
    expected: float


def wrong_totals(table: Table, relative_tolerance: float) -> Iterator[WrongTotal]:
    """Compares every figure of every total with the sum of its rows, or for a roster its one figure with their count."""
    for total in table.totals:
        if table.recognised.contract.kind == "roster":
            yield from _wrong_count(table, total)
        else:
            yield from _wrong_sums(table, total, relative_tolerance)


def _wrong_sums(table: Table, total: Total, relative_tolerance: float) -> Iterator[WrongTotal]:
    for column in table.recognised.contract.columns:
        if column.type not in SUMMED_TYPES or column.equals or column.name not in total.cells:
            continue
        stated = parse_number(total.cells[column.name]).value
        if not isinstance(stated, float):
            continue
        texts = table.cells[column.name][total.covers].to_pylist()
        parsed = [parse_number(text).value for text in texts]
        expected = math.fsum(value for value in parsed if isinstance(value, float))
        if not math.isclose(stated, expected, rel_tol=relative_tolerance, abs_tol=1e-6):
            yield WrongTotal(total.row_number, column, total.cells[column.name], expected)


def _wrong_count(table: Table, total: Total) -> Iterator[WrongTotal]:
    if total.figures != 1:
        return
    count = total.covers.stop - total.covers.start
    for name, text in total.cells.items():
        stated = parse_number(text).value
        if isinstance(stated, float) and stated != count:
            yield WrongTotal(total.row_number, table.recognised.contract.column(name), text, count)
