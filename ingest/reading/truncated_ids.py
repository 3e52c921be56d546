"""Identifiers that a spreadsheet holds as numbers: a double keeps 15 to 16 digits, so the end of a longer one is gone.

As text such a cell looks whole, so a sheet with a candidate gets a second look at the types of its cells, and a rounded one is
rewritten the way a CSV export shows it (3.31002199001011E+17), which the parser knows as lost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.sheet import Sheet
from ingest.reading.table import Table

LONG_NUMBER = "^[1-9][0-9]{15,17}$"


def mark_rounded_numbers(sheet: Sheet, table: Table) -> Table:
    """The table with every rounded identifier written in scientific notation; `sheet` is where it stands."""
    if sheet.numeric_rows is None:
        return table
    cells = dict(table.cells)
    for column in table.recognised.contract.columns:
        if not column.identifier or column.name not in cells:
            continue
        candidates = _candidates(cells[column.name])
        if not len(candidates):
            continue
        rows = (table.row_numbers[candidates] - 1).tolist()
        place = table.recognised.columns[column.name] + table.first_column
        numeric = sheet.numeric_rows(place, rows)
        if not numeric:
            continue
        texts = cells[column.name].to_pylist()
        for position, row in zip(candidates.tolist(), rows, strict=True):
            if row in numeric:
                texts[position] = f"{float(texts[position]):.14E}"
        cells[column.name] = pa.array(texts, pa.string())
    return replace(table, cells=cells)


def _candidates(texts: pa.Array) -> np.ndarray:
    """Positions of long numbers that a double can hold exactly, as every rounded one is and one in 64 others."""
    positions = np.flatnonzero(pc.match_substring_regex(texts, LONG_NUMBER).to_numpy(zero_copy_only=False))
    numbers = texts.take(pa.array(positions)).cast(pa.int64()).to_numpy()
    exact: np.ndarray = positions[numbers.astype(np.float64).astype(np.int64) == numbers]
    return exact
