"""Identifiers that a spreadsheet holds as numbers: a double keeps 15 to 16 digits, so the end of a longer one is gone.

As text such a cell looks whole (…000), so the few sheets with a candidate get a second, typed look, and the cell is rewritten the
way a CSV export shows it (3.31002199001011E+17), which the parser knows as lost.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.excel import typed_numbers
from ingest.reading.table import Table

CANDIDATE = "^[0-9]{14,}000$"


def mark_rounded_numbers(path: Path, table: Table) -> Table:
    """The table with every rounded identifier written in scientific notation; `path` is the workbook it came from."""
    cells = dict(table.cells)
    for column in table.recognised.contract.columns:
        if not column.identifier or column.name not in cells:
            continue
        candidates = pc.match_substring_regex(cells[column.name], CANDIDATE)
        if not pc.any(candidates).as_py():
            continue
        numeric_rows = typed_numbers(path, table.sheet, table.recognised.columns[column.name] + table.first_column)
        texts = cells[column.name].to_pylist()
        for position, is_candidate in enumerate(candidates.to_pylist()):
            if is_candidate and int(table.row_numbers[position]) - 1 in numeric_rows:
                texts[position] = f"{float(texts[position]):.14E}"
        cells[column.name] = pa.array(texts, pa.string())
    return replace(table, cells=cells)
