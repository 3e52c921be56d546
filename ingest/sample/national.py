"""Rosters and registers as the national systems export them: their words, their columns, their layout. Nobody edits an export."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from ingest.contracts.contract import Contract
from ingest.reading.headings import HeadingIndex
from ingest.sample import identity
from ingest.sample.catalogue import Catalogue
from ingest.sample.cells import TIDY, Cell, render
from ingest.sample.layout import Drawing, Table

DATA_FILE = Path(__file__).parent / "national.yaml"
NATIONAL_ID = r"\d{17}[\dX]"


@functools.cache
def words() -> dict[str, Any]:
    """Headings and labels of the national systems."""
    data: dict[str, Any] = yaml.safe_load(DATA_FILE.read_text(encoding="utf-8"))
    return data


def goes_without_numbers(rows: pd.DataFrame) -> bool:
    """Whether all pupils are known by their ID numbers, as the import template wants them."""
    return bool(
        (rows.id_number.str.fullmatch(NATIONAL_ID, na=False) & rows.student_id.str.startswith("G", na=True)).all()
    )


def draw(
    cat: Catalogue, contract: Contract, rows: pd.DataFrame, name: str, layout: str, register: pd.DataFrame, year: int
) -> Drawing:
    """The rows of a form in a layout of the national systems, by the types in the register and the school year.

    Columns that the layout does not have stand behind it, where they hold something.
    """
    headings: list[str] = words()["layouts"][contract.form][layout].split()
    index = HeadingIndex.of({contract.form: contract})
    writer = _Writer(
        cat, contract, rows, layout, dict(zip(register.school_id, register.school_type, strict=True)), year
    )
    columns: list[list[Cell]] = []
    named: dict[str, str] = {}
    for heading in headings:
        names = [
            n for n in index.find(heading).get(contract.form, ()) if n not in named or heading in words()["codes_under"]
        ]
        if names:
            named.setdefault(names[0], heading)
        columns.append(writer.column(names[0], heading) if names else _filler(heading, len(rows)))
    for column in contract.columns:
        if column.name not in named and rows[column.name].notna().any() and column.name != "student_id":
            headings = [*headings, column.headings[-1]]
            columns.append(writer.column(column.name, column.headings[-1]))
            named[column.name] = column.headings[-1]
    body = [list(row) for row in zip(*columns, strict=True)]
    top: list[list[Cell]] = [[contract.name_zh + words()["query_title"], *[None] * (len(headings) - 1)]]
    table = Table(name, [*top, list(headings), *body], [(0, 0, 0, len(headings) - 1)])
    return Drawing(table, np.arange(len(rows)) + len(top) + 2, named)


def _filler(heading: str, count: int) -> list[Cell]:
    """What stands under a heading that no form asks for."""
    family = words()["family"]
    if heading not in family["headings"]:
        return [words()["filler"].get(heading)] * count
    born = np.full(count, np.datetime64(family["born"]))
    return list(identity.id_numbers(np.full(count, family["place"]), born, np.arange(count) % 1000))


class _Writer:
    """Writes the columns of one table in the national systems' words."""

    def __init__(
        self, cat: Catalogue, contract: Contract, rows: pd.DataFrame, layout: str, types: dict[str, str], year: int
    ):
        self.cat, self.contract, self.rows, self.layout, self.types = cat, contract, rows, layout, types
        self.school_year = year

    def column(self, name: str, heading: str) -> list[Cell]:
        """The cells of a column of the form."""
        own: dict[str, Callable[[], list[Cell]]] = {
            "grade": self._grades,
            "teacher_id": self._numbers,
            "degree": self._degrees,
            "establishment": self._establishments,
            "is_established": lambda: [("是" if e == "established" else "否") for e in self.rows.establishment],
            "backbone": lambda: [("是" if isinstance(b, str) and b != "none" else "否") for b in self.rows.backbone],
            "ownership": lambda: [words()["ownership"][o] for o in self.rows.ownership],
            "disability": lambda: [
                words()["disability"].get(d, self._label("disability", d)) for d in self.rows.disability
            ],
            "enrolment_status": lambda: [None] * len(self.rows),
            "staff_status": lambda: [words()["filler"]["人员状态"]] * len(self.rows),
            "birth_date": lambda: [d.strftime("%Y%m%d") for d in self.rows.birth_date],
        }
        if name in own:
            return own[name]()
        values = self.rows[name]
        if heading in words()["codes_under"]:
            return list(values)
        return render(self.cat, np.random.default_rng(0), self.contract.column(name), values, TIDY)

    def _label(self, code_list: str, code: object) -> str | None:
        return self.cat.label(code_list, code) if isinstance(code, str) else None

    def _grades(self) -> list[Cell]:
        return [
            self._grade(grade, self.types.get(school, ""))
            for grade, school in zip(self.rows.grade, self.rows.school_id, strict=True)
        ]

    def _grade(self, grade: str, kind: str) -> str | None:
        """一年级 in schools of one stage; on cards the year of entry; else the usual label."""
        stage, year = self.cat.group("grade")[grade], int(grade[1:])
        if self.layout == "card" and stage in words()["stages"]:
            return f"{words()['stages'][stage]}{self.school_year - year + 1}级"
        if words()["single_stage"].get(kind) == stage:
            return str(words()["years"][year - 1])
        return self._label("grade", grade)

    def _numbers(self) -> list[Cell]:
        """0 for all who are known by their ID numbers."""
        known = self.rows.id_number.str.fullmatch(NATIONAL_ID, na=False)
        return [words()["zero"] if k else number for k, number in zip(known, self.rows.teacher_id, strict=True)]

    def _degrees(self) -> list[Cell]:
        """大学本科毕业 where the list accepts such a label."""
        finished = words()["finished"]
        spoken = {
            c.code: next((t for t in c.accepted_labels if t.endswith(finished)), c.label_zh)
            for c in self.cat.codes("degree")
        }
        return [spoken[degree] for degree in self.rows.degree]

    def _establishments(self) -> list[Cell]:
        """Blank for those on the establishment, which another column says."""
        return [None if e == "established" else self._label("establishment", e) for e in self.rows.establishment]
