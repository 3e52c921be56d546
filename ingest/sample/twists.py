"""What offices do to a finished table, and none of it is wrong: rows and columns that are no data, and characters nobody sees.

Every twist changes a `Drawing` in place and leaves it alone where the table is not of a kind that it suits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingest.sample.cells import Cell
from ingest.sample.layout import Drawing
from ingest.sample.writers import ERRORS, FORMULA

LEAST_ROWS, LEAST_NUMBERED = 4, 2
CODED = ("code", "bool")
Twist = Callable[[Drawing], None]


def twist(drawing: Drawing, names: Sequence[str]) -> None:
    """Applies twists by their names; `next_page` is none of a table alone."""
    for name in (each for each in names if each in TWISTS):
        TWISTS[name](drawing)


def _insert(drawing: Drawing, at: int, rows: list[list[Cell]]) -> None:
    """Puts rows before the row at `at` (from 0); everything below moves down."""
    count = len(rows)
    drawing.table.rows[at:at] = rows
    drawing.row_numbers[drawing.row_numbers > at] += count
    drawing.wrong_totals[:] = [n + count if n > at else n for n in drawing.wrong_totals]
    drawing.table.hidden_rows[:] = [r + count if r >= at else r for r in drawing.table.hidden_rows]
    drawing.table.merges[:] = [
        (r + count, c, s + count, d) if r >= at else (r, c, s, d) for r, c, s, d in drawing.table.merges
    ]


def _middle(drawing: Drawing) -> int | None:
    """The row (from 0) of a data row in the middle that no merged cell takes in; None in a short table."""
    if len(drawing.row_numbers) < LEAST_ROWS:
        return None
    at = int(drawing.row_numbers[len(drawing.row_numbers) // 2]) - 1
    return None if any(r < at <= s for r, _, s, _ in drawing.table.merges) else at


def column_numbers(drawing: Drawing) -> None:
    """甲 1 2 3 乙 under the headings."""
    width = len(drawing.table.rows[drawing.heading_rows[0]])
    if width > LEAST_NUMBERED:
        _insert(drawing, drawing.heading_rows[1], [["甲", *range(1, width - 1), "乙"]])


def headings_again(drawing: Drawing) -> None:
    """The next printed page: a title with （续）, and the headings once more."""
    if (at := _middle(drawing)) is not None:
        headings = [list(row) for row in drawing.table.rows[slice(*drawing.heading_rows)]]
        title: list[Cell] = ["续表（续）", *[None] * (len(headings[0]) - 1)]
        _insert(drawing, at, [title, *headings])


def further_down(drawing: Drawing) -> None:
    """The second half stands further down under headings of its own, in another order."""
    at = _middle(drawing)
    first, last = drawing.heading_rows
    if at is None or last - first > 1:
        return
    rows = drawing.table.rows
    order = list(reversed(range(len(rows[first]))))
    rows[at:] = [[row[i] for i in order] for row in rows[at:]]
    blank: list[Cell] = [None] * len(order)
    _insert(drawing, at, [blank, [rows[first][i] for i in order]])


def side_by_side(drawing: Drawing) -> None:
    """The second half stands beside the first, under the same headings."""
    first, last = drawing.heading_rows
    count = len(drawing.row_numbers)
    if count < LEAST_ROWS or last - first > 1 or drawing.table.hidden_rows:
        return
    rows, half = drawing.table.rows, (count + 1) // 2
    width = len(rows[first])
    moved = [rows[int(n) - 1] for n in drawing.row_numbers[half:]] + [[None] * width] * (2 * half - count)
    for number, beside in zip(drawing.row_numbers[:half], moved, strict=True):
        rows[int(number) - 1] += [None, *beside]
    for r in range(len(rows)):
        if r == first:
            rows[r] += [None, *rows[r]]
    del rows[int(drawing.row_numbers[half]) - 1 : int(drawing.row_numbers[-1])]
    drawing.row_numbers[half:] = drawing.row_numbers[: count - half]
    widest = max(map(len, rows))
    rows[:] = [row + [None] * (widest - len(row)) for row in rows]


def sub_columns(drawing: Drawing) -> None:
    """A heading over two columns: 合计, and 其中 of something that nobody asks for."""
    first, last = drawing.heading_rows
    figures = [p for p, column in drawing.positions.items() if column.type in ("int", "number") and not column.equals]
    if (
        not figures
        or last - first > 1
        or any(r >= first and c >= figures[0] for r, c, *_ in drawing.table.merges if r > first)
    ):
        return
    at, rows = figures[0], drawing.table.rows
    width = len(rows[first])
    for r, row in enumerate(rows):
        row.insert(at + 1, 0 if r + 1 in drawing.row_numbers else None)
    drawing.table.merges[:] = [(r, c + (c > at), s, d + (d >= at)) for r, c, s, d in drawing.table.merges]
    drawing.table.hidden_columns[:] = [c + (c > at) for c in drawing.table.hidden_columns]
    drawing.positions = {p + (p > at): column for p, column in drawing.positions.items()}
    below: list[Cell] = [None] * (width + 1)
    below[at : at + 2] = ["合计", "其中：当年新增"]
    _insert(drawing, last, [below])
    drawing.table.merges += [(first, at, first, at + 1)]
    drawing.table.merges += [(first, c, last, c) for c in range(width + 1) if c not in (at, at + 1)]
    drawing.heading_rows = first, last + 1


def invisible(drawing: Drawing) -> None:
    """Characters that nobody sees, in headings, codes and identifiers."""
    for r in range(*drawing.heading_rows):
        drawing.table.rows[r] = [f"{c[:2]}\u200b{c[2:]}" if isinstance(c, str) else c for c in drawing.table.rows[r]]
    for position, column in drawing.positions.items():
        if column.identifier or column.type in CODED:
            _each(drawing, position, lambda text: f"\u202d{text}\ufeff")


def _each(drawing: Drawing, position: int, change: Callable[[str], str]) -> None:
    """Changes the texts of a column; errors and formulas stay."""
    for number in drawing.row_numbers:
        row = drawing.table.rows[int(number) - 1]
        cell = row[position] if position < len(row) else None
        if isinstance(cell, str) and cell.strip() and cell not in ERRORS and cell != FORMULA:
            row[position] = change(cell)


def protected(drawing: Drawing) -> None:
    """Wrappers that keep a spreadsheet from making numbers of identifiers: =\"…\", ‘…, and a tab behind."""
    wrap = [lambda text: f'="{text}"', lambda text: f"‘{text}", lambda text: f"{text}\t"]
    identifiers = [p for p, column in drawing.positions.items() if column.identifier]
    for number, position in enumerate(identifiers):
        _each(drawing, position, wrap[number % len(wrap)])


def unit_row(drawing: Drawing) -> None:
    """The units stand in a row under the headings."""
    said = {p: drawing.units[column.name] for p, column in drawing.positions.items() if column.name in drawing.units}
    if len(said) > 1:
        width = len(drawing.table.rows[drawing.heading_rows[0]])
        _insert(drawing, drawing.heading_rows[1], [[f"（{said[p]}）" if p in said else None for p in range(width)]])


def unit_line_below(drawing: Drawing) -> None:
    """A line of all units stands under the table."""
    said = list(dict.fromkeys(drawing.units.values()))
    if said:
        width = len(drawing.table.rows[drawing.heading_rows[0]])
        drawing.table.rows += [[f"单 位：{'、'.join(said)}", *[None] * (width - 1)]]


def example_row(drawing: Drawing) -> None:
    """An example under the headings."""
    width = len(drawing.table.rows[drawing.heading_rows[0]])
    _insert(drawing, drawing.heading_rows[1], [["例", *["示例"] * (width - 1)]])


TWISTS: dict[str, Twist] = {
    each.__name__: each
    for each in (
        column_numbers,
        headings_again,
        further_down,
        side_by_side,
        sub_columns,
        invisible,
        protected,
        unit_row,
        unit_line_below,
        example_row,
    )
}
