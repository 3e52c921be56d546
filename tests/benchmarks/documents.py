"""Single large documents: a roster of many rows as one workbook and as one CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from ingest.contracts.contract import load_contracts
from ingest.sample import build_city
from ingest.sample.identity import check_characters, digits
from ingest.workbooks.feedback import ROWS_MAX
from tests.benchmarks.city import data_folder, refreshed
from tests.benchmarks.measure import Taken

COLLECTION, UNIT = "2020-09", "331002"
ROSTER, REGISTER = "student_roster", "school_register"
SOURCE_SCALE = 0.02
PLACE_DIGITS = 6
FIRST_PLACE_CODE = 110_101  # none of a sample city
BYTES_PER_MB = 1_000_000


def measured(folder: Path, rows: int) -> Iterator[tuple[str, float, Taken]]:
    """Kind, megabytes and what a refresh took, for each kind of document that can have so many rows."""
    kinds = [("CSV", ".csv", _write_csv), *([("workbook", ".xlsx", _write_workbook)] if rows < ROWS_MAX else [])]
    for kind, suffix, write in kinds:
        landing = folder / kind
        target = landing / COLLECTION / UNIT / f"学生名册{suffix}"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            year = next(build_city(7, SOURCE_SCALE, [COLLECTION]).years())
            _write_csv(target.with_name("学校名录.csv"), _table(REGISTER, year.rows(REGISTER, UNIT)))
            write(target, islice(_roster(year.rows(ROSTER, UNIT)), rows + 1))
        with data_folder() as data:
            yield kind, target.stat().st_size / BYTES_PER_MB, refreshed(landing, data)


def _table(form: str, rows: pd.DataFrame) -> Iterator[list[str]]:
    """Headings, then the rows as text."""
    columns = [column for column in load_contracts()[form].columns if column.name in rows]
    yield [column.heading_zh for column in columns]
    yield from rows[[column.name for column in columns]].astype("string").fillna("").to_numpy().tolist()


def _roster(pupils: pd.DataFrame) -> Iterator[list[str]]:
    """Headings, then rows without end: the same pupils over and over, each time with other ID numbers."""
    is_told_apart = ~pupils["id_number"].str.slice(PLACE_DIGITS, -1).duplicated()
    pupils = pupils[is_told_apart & (pupils["student_id"] == "G" + pupils["id_number"])]
    yield from islice(_table(ROSTER, pupils), 1)
    for place_code in count(FIRST_PLACE_CODE):
        numbers = _renumbered(pupils["id_number"], place_code)
        yield from islice(
            _table(ROSTER, pupils.assign(id_number=numbers, student_id=np.char.add("G", numbers))), 1, None
        )


def _renumbered(id_numbers: pd.Series, place_code: int) -> np.ndarray:
    """The ID numbers of as many people of the same birth dates from another place."""
    body = id_numbers.str.slice(PLACE_DIGITS, -1).astype(np.int64).to_numpy() + place_code * 10**11
    return np.char.add(digits(body, 17), check_characters(body))


def _write_workbook(target: Path, rows: Iterable[list[str]]) -> None:
    with xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)


def _write_csv(target: Path, rows: Iterable[list[str]]) -> None:
    with open(target, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
