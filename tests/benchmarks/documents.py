"""Single large documents: a roster of many rows as one workbook and as one CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

from ingest.contract import load_contracts
from ingest.sample import build_city
from tests.benchmarks.city import data_folder, refreshed
from tests.benchmarks.measure import Taken

COLLECTION, UNIT = "2020-09", "331002"
FORM = "student_roster"
SOURCE_SCALE = 0.02
BYTES_PER_MB = 1_000_000


def measured(folder: Path, rows: int) -> Iterator[tuple[str, float, Taken]]:
    """Kind, megabytes and what a refresh took, for each kind of document of so many rows."""
    for kind, write in (("workbook", _write_workbook), ("CSV", _write_csv)):
        landing = folder / kind
        target = landing / COLLECTION / UNIT / f"学生名册{'.xlsx' if kind == 'workbook' else '.csv'}"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            write(target, rows)
        with data_folder() as data:
            yield kind, target.stat().st_size / BYTES_PER_MB, refreshed(landing, data)


def _cells(rows: int) -> Iterator[list[object]]:
    """Headings, then as many rows as asked: a small city's pupils over and over."""
    contract = load_contracts()[FORM]
    year = next(build_city(7, SOURCE_SCALE, [COLLECTION]).years())
    pupils = year.rows(FORM, UNIT)
    columns = [column for column in contract.columns if column.name in pupils]
    yield [column.heading_zh for column in columns]
    values = [
        ["" if value is None or value != value else str(value) for value in row]
        for row in pupils[[c.name for c in columns]].to_numpy()
    ]
    for number in range(rows):
        yield list(values[number % len(values)])


def _write_workbook(target: Path, rows: int) -> None:
    with xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(_cells(rows)):
            page.write_row(number, 0, row)


def _write_csv(target: Path, rows: int) -> None:
    with open(target, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(_cells(rows))
