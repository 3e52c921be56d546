"""Copies a clean landing zone and spoils every twentieth row of its rosters, each row with the next kind of fault.

A clean landing zone has hardly a fault. This one shows that all contenders see the same ones:

    .venv-comparison/bin/python tests/benchmarks/comparison/spoil.py --landing DIR --out SPOILT
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

import openpyxl
import task

EVERY_ROWS = 20
Row = dict[str, object]  # by column name
Fault = Callable[[Row, Row], Row]  # of a row and the one above it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    shutil.copytree(options.landing, options.out)
    for path in task.documents(options.out):
        spoil(path)


def spoil(path: Path) -> None:
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.active
    assert sheet is not None
    names = [task.COLUMNS[cell.value] for cell in sheet[task.HEADING_ROW]]
    faults = cycle(FAULTS)
    for number in range(task.HEADING_ROW + EVERY_ROWS, sheet.max_row + 1, EVERY_ROWS):
        above, row = ({n: c.value for n, c in zip(names, sheet[r], strict=True)} for r in (number - 1, number))
        for name, value in next(faults)(row, above).items():
            sheet.cell(number, names.index(name) + 1).value = value
    workbook.save(path)


def with_cells(**cells: object) -> Fault:
    return lambda *_: cells


def with_wrong_check_digit(row: Row, _above: Row) -> Row:
    """Another last character, which cannot be right too."""
    number = str(row["id_number"] or "331002201001010012")
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    return {"id_number": wrong, "student_id": f"G{wrong}"}


def born_later(days: int) -> Fault:
    def born(row: Row, _above: Row) -> Row:
        born_on = row["birth_date"]
        assert isinstance(born_on, datetime)
        return {"birth_date": born_on + timedelta(days=days)}

    return born


def as_above(_row: Row, above: Row) -> Row:
    """The pupil of the row above once more."""
    return above


FAULTS: list[Fault] = [
    with_cells(name=None),
    *(with_cells(**{name: None}) for name in task.REQUIRED),
    with_cells(student_id=None, id_number=None),
    *(with_cells(**{name: "待定"}) for name in task.CODED),
    with_cells(student_id="X331002201"),
    with_cells(school_id="11330"),
    with_cells(birth_date="不详"),
    with_cells(birth_date=datetime(1980, 5, 6)),
    born_later(days=1),
    born_later(days=-5 * 365),
    with_cells(id_number="E12345678"),
    with_wrong_check_digit,
    as_above,
]


if __name__ == "__main__":
    main()
