"""How a table looks on a sheet: columns and their headings, titles, unit lines, totals, notes, merged and hidden cells.

`draw` turns the true rows of a form into a `Table` of cells and says in which row every one of them stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ingest.contracts.contract import Column, Contract
from ingest.sample import cells
from ingest.sample.catalogue import Catalogue
from ingest.sample.cells import Cell

LEAST_HEADINGS = 2
Overrides = dict[tuple[int, str], Cell]


@dataclass
class Table:
    """The cells of one sheet, as a writer puts them down; positions count from 0."""

    name: str
    rows: list[list[Cell]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    is_hidden: bool = False

    def spans(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Rows and columns that a merged cell takes up, by its first cell."""
        return {(r, c): (r2 - r + 1, c2 - c + 1) for r, c, r2, c2 in self.merges}

    def covered(self) -> set[tuple[int, int]]:
        """Cells that a merged one lies over."""
        return {
            (r, c)
            for first_row, first, last_row, last in self.merges
            for r in range(first_row, last_row + 1)
            for c in range(first, last + 1)
            if (r, c) != (first_row, first)
        }


@dataclass(frozen=True)
class Look:
    """Everything that can differ between two sheets of one form. The defaults are a tidy table."""

    shuffled: bool = False
    synonyms: bool = False
    decorated: bool = False
    unit_in_heading: bool = False
    numbering: bool = False
    remarks: bool = False
    unknown_column: str | None = None
    title: bool = True
    blank_lines: bool = False
    two_row_heading: bool = False
    merged_cells: bool = False
    hidden_row: bool = False
    hidden_column: bool = False
    notes: bool = False
    totals: str | None = None
    wrong_total: bool = False
    wan: bool = False
    larger: str = "万元"
    mu: bool = False
    blank_columns_left_out: bool = False
    left_out: str | None = None
    line_breaks: bool = True
    unit_words: dict[str, str] = field(default_factory=dict)
    twists: tuple[str, ...] = ()
    national: str = ""
    ways: cells.Ways = cells.TIDY

    def traits(self) -> set[str]:
        """Names of the features that this look has."""
        out = {
            name
            for name, value in vars(self).items()
            if value and name not in ("ways", "line_breaks", "unit_words", "twists", "larger")
        }
        out |= set(self.twists)
        return out | {f"totals_{self.totals}"} if self.totals else out


PLAIN = Look(title=False)


def messy_look(cat: Catalogue, rng: np.random.Generator, contract: Contract, file_format: str) -> Look:
    """A look drawn by the chances of the data file, as far as the file format can carry it."""
    chance = cat.data["messy"]
    styled = file_format in cells.STYLED
    merging = styled or file_format == "html"

    def drawn(name: str) -> bool:
        return bool(rng.random() < chance[name])

    unknown = list(cat.data["wording"]["unknown_columns"])
    return Look(
        shuffled=drawn("shuffled_columns"),
        synonyms=drawn("synonyms"),
        decorated=drawn("decorated"),
        unit_in_heading=drawn("unit_in_heading"),
        numbering=drawn("numbering") and contract.form != "recognitions",
        remarks=drawn("remarks"),
        unknown_column=str(rng.choice(unknown)) if drawn("unknown_column") else None,
        title=drawn("title"),
        blank_lines=drawn("blank_lines"),
        two_row_heading=drawn("two_row_heading") and len(contract.columns) > 3 and merging,
        merged_cells=drawn("merged_cells") and merging,
        hidden_row=drawn("hidden_row") and styled,
        hidden_column=drawn("hidden_column") and styled,
        notes=drawn("notes"),
        totals=str(rng.choice(["below", "below", "above", "subtotals"])) if drawn("totals") else None,
        wan=drawn("wan"),
        larger=str(rng.choice(list(cat.data["larger_units"]))),
        mu=drawn("mu"),
        blank_columns_left_out=drawn("blank_columns_left_out"),
        line_breaks=styled,
        ways=cells.messy_ways(cat, rng, file_format, drawn("mixed_cells")),
    )


@dataclass
class Drawing:
    """A table, where its rows stand, and under which heading each column went.

    `heading_rows` are the first one and the one behind the last (from 0), `positions` the columns of the form by their place,
    `units` in what the figures of a column stand when nothing beside a twist says it.
    """

    table: Table
    row_numbers: np.ndarray
    headings: dict[str, str]
    wrong_totals: list[int] = field(default_factory=list)
    heading_rows: tuple[int, int] = (0, 1)
    positions: dict[int, Column] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


@dataclass
class _Column:
    """One column as it will stand: a column of the form, or one that no form knows."""

    heading: str
    values: list[Cell]
    column: Column | None = None
    factor: float = 1.0


def draw(
    cat: Catalogue,
    rng: np.random.Generator,
    contract: Contract,
    rows: pd.DataFrame,
    name: str,
    look: Look,
    title: str,
    overrides: Overrides | None = None,
) -> Drawing:
    """Puts the rows of a form on a sheet."""
    overrides = overrides or {}
    in_twist = any(name.startswith("unit_") for name in look.twists)
    look = replace(look, unit_in_heading=False) if in_twist else look
    scaled = {c.unit for c in contract.columns if c.unit and _factor(cat, c, look) > 1}
    unit_line = bool(scaled) and not look.unit_in_heading and not in_twist
    columns = _columns(cat, rng, contract, rows, look, overrides, unit_line or in_twist)
    top: list[list[Cell]] = []
    width = len(columns)
    merges: list[tuple[int, int, int, int]] = []
    if look.title:
        merges.append((0, 0, 0, width - 1))
        top.append([title] + [None] * (width - 1))
    if look.blank_lines:
        top.append([None] * width)
    if unit_line:
        said = "、".join(dict.fromkeys(_unit_word(cat, c, look) for c in contract.columns if c.unit in scaled))
        line = str(rng.choice(cat.data["wording"]["unit_line"])).format(units=said)
        top.append([*[None] * (width - 2), line, None])
    heading_rows, heading_merges = _heading(cat, rng, columns, look, len(top))
    body = _Body(cat, rng, contract, columns, look, len(rows), overrides)
    grid, numbers, wrong = body.build(len(top) + len(heading_rows))
    table = Table(name, top + heading_rows + grid, [m for m in merges + heading_merges if m[0] != m[2] or m[1] != m[3]])
    table.merges += _merge_runs(columns, table, numbers, look, overrides)
    _hide(rng, columns, table, numbers, look)
    headings = {c.column.name: c.heading for c in columns if c.column}
    below = len(top), len(top) + len(heading_rows)
    positions = {p: c.column for p, c in enumerate(columns) if c.column}
    units = {
        c.name: _unit_word(cat, c, look) for c in positions.values() if c.unit in cat.data["wording"]["unit_words"]
    }
    return Drawing(table, numbers + 1, headings, [w + 1 for w in wrong], below, positions, units if in_twist else {})


def _factor(cat: Catalogue, column: Column, look: Look) -> float:
    """How many of the contract's units one of the stated ones is."""
    if column.unit == "yuan" and look.wan:
        return float(cat.data["larger_units"][look.larger])
    return float(cat.data["mu"]["亩"]) if column.unit == "m2" and look.mu else 1.0


def _unit_word(cat: Catalogue, column: Column, look: Look) -> str:
    """The unit in which the figures of a column stand."""
    if _factor(cat, column, look) > 1:
        return look.larger if column.unit == "yuan" else "亩"
    return str(cat.data["wording"]["unit_words"][column.unit])


def _columns(
    cat: Catalogue,
    rng: np.random.Generator,
    contract: Contract,
    rows: pd.DataFrame,
    look: Look,
    overrides: Overrides,
    is_said: bool,
) -> list[_Column]:
    """The columns of the sheet from left to right."""
    out = []
    needless = _blank_columns(contract, rows) if look.blank_columns_left_out else []
    for column in contract.columns:
        values = rows[column.name]
        if column.name == look.left_out or (column.name in needless and not _overridden(overrides, column.name)):
            continue
        factor = _factor(cat, column, look) if is_said or look.unit_in_heading else 1.0
        giga = column.unit == "Mbps" and look.unit_in_heading and look.wan
        heading = _heading_text(cat, rng, column, look, giga)
        ways = replace(look.ways, bandwidth=False) if look.unit_in_heading else look.ways
        rendered = cells.render(cat, rng, column, values, ways, 1000.0 if giga else factor)
        for (row, name), cell in overrides.items():
            if name == column.name:
                rendered[row] = cell
        out.append(_Column(heading, rendered, column, factor))
    if look.shuffled:
        out = [out[i] for i in rng.permutation(len(out))]
    wording = cat.data["wording"]
    if look.numbering:
        out.insert(0, _Column(wording["numbering"], list(range(1, len(rows) + 1))))
    if look.unknown_column:
        out.append(_Column(look.unknown_column, [wording["unknown_columns"][look.unknown_column] or None] * len(rows)))
    if look.remarks:
        out.append(_Column(wording["remarks"], [None] * len(rows)))
    return out


def _blank_columns(contract: Contract, rows: pd.DataFrame) -> list[str]:
    """Optional columns without a value, as far as the form can still be told by the headings that are left."""
    besides = [c.name for c in contract.columns if c.name not in contract.key]
    blank = [c.name for c in contract.columns if c.name in besides and not c.required and rows[c.name].isna().all()]
    return blank if len(rows) and len(besides) - len(blank) >= LEAST_HEADINGS else []


def _overridden(overrides: Overrides, name: str) -> bool:
    return any(column == name for _, column in overrides)


def _heading_text(cat: Catalogue, rng: np.random.Generator, column: Column, look: Look, giga: bool) -> str:
    """A heading as somebody would have typed it."""
    wording = cat.data["wording"]
    text = str(rng.choice(column.headings)) if look.synonyms else column.heading_zh
    if look.decorated:
        text = _decorated(cat, rng, column, look, text)
    if column.name in look.unit_words:
        return text + look.unit_words[column.name]
    if look.unit_in_heading and column.unit in wording["unit_hints"]:
        hints = wording["giga_hints"] if giga else wording["unit_hints"][column.unit]
        if _factor(cat, column, look) > 1:
            hints = [hint.format(unit=_unit_word(cat, column, look)) for hint in wording["money_hints"]]
        text = text.rstrip("*") + str(rng.choice(hints))
    return text


def _decorated(cat: Catalogue, rng: np.random.Generator, column: Column, look: Look, text: str) -> str:
    """A heading with what typing leaves in it, and perhaps the star of what must be filled in."""
    kind = rng.integers(0, 7)
    at = len(text) // 2
    if kind == 0 and look.line_breaks:
        text = text[:at] + "\n" + text[at:]
    elif kind == 1:
        text = text[:at] + " " + text[at:]
    elif kind == 2:
        text = text.replace("（", "(").replace("）", ")")
    elif kind == 3:
        text = f" {text}　"
    elif kind == 4 and column.type == "date":
        text += str(rng.choice(cat.data["wording"]["date_hints"]))
    return f"{text}*" if column.required and rng.random() < 0.5 else text


def _heading(
    cat: Catalogue, rng: np.random.Generator, columns: list[_Column], look: Look, at: int
) -> tuple[list[list[Cell]], list[tuple[int, int, int, int]]]:
    """One heading row, or two with a group of columns under one caption."""
    titles: list[Cell] = [c.heading for c in columns]
    if not look.two_row_heading or len(columns) < 4:
        return [titles], []
    first = int(rng.integers(1, len(columns) - 2))
    last = int(rng.integers(first + 1, len(columns)))
    caption = str(rng.choice(cat.data["wording"]["heading_groups"]))
    upper = [caption if i == first else None if first < i <= last else t for i, t in enumerate(titles)]
    lower = [t if first <= i <= last else None for i, t in enumerate(titles)]
    merges = [(at, first, at, last)] + [(at, i, at + 1, i) for i in range(len(columns)) if not first <= i <= last]
    return [upper, lower], merges


@dataclass
class _Body:
    """The rows under the heading: data, totals, notes."""

    cat: Catalogue
    rng: np.random.Generator
    contract: Contract
    columns: list[_Column]
    look: Look
    count: int
    overrides: Overrides

    def build(self, start: int) -> tuple[list[list[Cell]], np.ndarray, list[int]]:
        """The rows, the position of every data row, and the positions of wrong totals."""
        data = [list(row) for row in zip(*(c.values for c in self.columns), strict=True)] if self.count else []
        kind = self._kind_of_totals()
        rows: list[list[Cell]] = []
        numbers = np.empty(self.count, dtype=np.int64)
        totals: list[int] = []
        if kind == "above":
            totals.append(len(rows))
            rows.append(self._total(range(self.count), self._label()))
        blocks = np.array_split(np.arange(self.count), 2) if kind == "subtotals" else [np.arange(self.count)]
        for block in blocks:
            for index in block:
                numbers[index] = start + len(rows)
                rows.append(data[index])
            if kind == "subtotals":
                totals.append(len(rows))
                rows.append(self._total(block, str(self.rng.choice(self.cat.data["wording"]["subtotals"]))))
        if kind in ("below", "subtotals"):
            totals.append(len(rows))
            rows.append(self._total(range(self.count), self._label()))
        return rows + self._notes(), numbers, [start + t for t in totals] if self.look.wrong_total else []

    def _kind_of_totals(self) -> str | None:
        """Totals where the table has something to add up and every number can be added."""
        touched = any(name in self._summed() for _, name in self.overrides)
        has_sum = self.contract.kind == "roster" or bool(self._summed())
        if not self.count or touched or not has_sum:
            return None
        return (
            "below"
            if self.look.totals == "subtotals" and (self.count < 6 or self.contract.kind == "roster")
            else self.look.totals
        )

    def _summed(self) -> list[str]:
        skip = self.cat.data["no_totals"]
        return [c.name for c in self.contract.columns if c.type in ("number", "int") and c.name not in skip]

    def _label(self) -> str:
        return str(self.rng.choice(self.cat.data["wording"]["totals"])).format(n=self.count)

    def _total(self, covered: Any, label: str) -> list[Cell]:
        """A total row: sums of the numbers as they stand, or the count of a roster."""
        row: list[Cell] = [None] * len(self.columns)
        summed = self._summed()
        wrong = 1.13 if self.look.wrong_total else 1.0
        if self.contract.kind == "roster":
            row[1] = int(np.ceil(len(covered) * wrong + (wrong > 1)))
        for position, column in enumerate(self.columns):
            if self.contract.kind == "return" and column.column and column.column.name in summed and position:
                values = [cells.as_number(column.values[i]) for i in covered]
                row[position] = round(sum(v for v in values if v is not None) * wrong + (wrong > 1), 6)
        row[0] = label
        return row

    def _notes(self) -> list[list[Cell]]:
        if not self.look.notes:
            return []
        wording = self.cat.data["wording"]
        width = len(self.columns)
        rows: list[list[Cell]] = [[None] * width, [str(self.rng.choice(wording["notes"]))] + [None] * (width - 1)]
        signatures: list[Cell] = [None] * width
        for i, text in enumerate(wording["signatures"]):
            if i * 2 < width:
                signatures[i * 2] = text
        return [*rows, signatures]


def _merge_runs(
    columns: list[_Column], table: Table, numbers: np.ndarray, look: Look, overrides: Overrides
) -> list[tuple[int, int, int, int]]:
    """Merges runs of one value in a column that repeats, the way people tidy a list."""
    if not look.merged_cells or len(numbers) < 2 or len(numbers) > 3000:
        return []
    repeating = [
        i
        for i, c in enumerate(columns)
        if c.column
        and c.column.name in ("school_id", "township", "category")
        and not _overridden(overrides, c.column.name)
    ]
    merges = []
    for position in repeating[:1]:
        start = 0
        values = columns[position].values
        for i in range(1, len(numbers) + 1):
            if i == len(numbers) or values[i] != values[start] or numbers[i] != numbers[i - 1] + 1:
                if i - start > 1 and values[start] is not None:
                    merges.append((int(numbers[start]), position, int(numbers[i - 1]), position))
                    for k in range(start + 1, i):
                        table.rows[int(numbers[k])][position] = None
                start = i
    return merges


def _hide(rng: np.random.Generator, columns: list[_Column], table: Table, numbers: np.ndarray, look: Look) -> None:
    """Hides a data row or a column: readers must not care."""
    if look.hidden_row and len(numbers) > 3:
        table.hidden_rows.append(int(numbers[rng.integers(len(numbers))]))
    if look.hidden_column and len(columns) > 4:
        table.hidden_columns.append(int(rng.integers(1, len(columns))))
