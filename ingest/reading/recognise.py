"""Which form a sheet holds: its heading rows scored against the headings and synonyms of every contract, and which column is which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.contracts.contract import Column, Contract
from ingest.reading.headings import HeadingIndex, normalise_heading, rank, spellings, stated_units
from ingest.reading.sheet import Merge
from ingest.values.units import is_statement
from ingest.values.vocabulary import VOCABULARY

SEARCHED_ROWS = 50
HEADING_ROWS_MAX = 4
MIN_OTHER_HEADINGS = 2

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Recognised:
    """A form found on a sheet; rows and positions are counted from 0 among the sheet's cells.

    `columns` maps a column's name to its position, `headings` a position to its heading as sent; `statements` are what headings
    say in brackets, by column. `sums` are columns to be added up from several positions, `undecided` positions that several
    columns know, to be told apart by what stands there. `unknown` are positions that no column knows, `split` known headings
    over several columns of which none holds the whole, with the headings below.
    """

    contract: Contract
    first_heading_row: int
    first_data_row: int
    columns: Mapping[str, int]
    headings: Mapping[int, str]
    unknown: tuple[int, ...] = ()
    statements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sums: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    undecided: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    split: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def held(self) -> set[str]:
        """Names of the columns that are there."""
        return {*self.columns, *self.sums, *(name for names in self.undecided.values() for name in names)}

    @property
    def missing_columns(self) -> list[Column]:
        """Required columns that are not there; of a pair that may stand for each other the first when both are absent."""
        pairs = [rule.columns for rule in self.contract.row_rules if rule.rule == "one_of_required"]
        absent = {names[0] for names in pairs if self.held.isdisjoint(names)}
        return [
            column
            for column in self.contract.columns
            if column.name in absent or (column.required and column.name not in self.held)
        ]


def recognise(
    head: Rows,
    index: HeadingIndex,
    contracts: Mapping[str, Contract],
    merges: Iterable[Merge] = (),
    is_empty: Callable[[int], bool] = lambda _: True,
) -> Recognised | None:
    """The form with the most of its headings in up to four neighbouring rows (ties: the larger share), or None.

    One whose required columns are all there goes before one that lacks some. At least two headings besides the key must be there,
    or all of them for a form that has fewer. `merges` are of the rows of `head`; `is_empty` tells positions without any value.
    """
    found = _best_rows(head, index, contracts)
    if found is None:
        return None
    form, top, below = found
    while below - top < HEADING_ROWS_MAX and top and _goes_on_below(head[top - 1], head[top]):
        top -= 1
    block = _Block.of(head, top, below, [m for m in merges if top <= m.first_row])
    while below - top < HEADING_ROWS_MAX and below < len(head) and block.goes_on_in(head[below]):
        below += 1
        block = _Block.of(head, top, below, block.merges)
    return _describe(contracts[form], block, index, is_empty)


def matches(rows: Rows, index: HeadingIndex) -> list[dict[str, set[str]]]:
    """For each row, the columns of each form that its cells name; every distinct cell is looked up once."""
    headings = {cell: found for cell in index.candidates(rows) if (found := index.find(cell))}
    matched: list[dict[str, set[str]]] = [{} for _ in rows]
    for row, names in zip(rows, matched, strict=True):
        if headings.keys().isdisjoint(row):
            continue
        for cell in headings.keys() & row:
            for form, columns in headings[cell].items():
                names.setdefault(form, set()).add(columns[0])
    return matched


def _best_rows(head: Rows, index: HeadingIndex, contracts: Mapping[str, Contract]) -> tuple[str, int, int] | None:
    """The form, and the rows of its headings: from the first to before the last."""
    best: tuple[tuple[bool, int, float, int], str, int, int] | None = None
    rows = matches(head, index)
    is_blank = [not any(cell.strip() for cell in row) for row in head]
    for top in range(min(len(head), SEARCHED_ROWS)):
        matched: dict[str, set[str]] = {}
        for depth in range(1, min(HEADING_ROWS_MAX, len(head) - top) + 1) if rows[top] else ():
            if is_blank[top + depth - 1]:
                break
            for form, names in rows[top + depth - 1].items():
                matched[form] = matched.get(form, set()) | names
            for form, names in matched.items() if rows[top + depth - 1] else ():
                contract = contracts[form]
                if _suffices(contract, names):
                    score = (_is_complete(contract, names), len(names), len(names) / len(contract.columns), -depth)
                    if best is None or score > best[0]:
                        best = (score, form, top, depth)
    return (best[1], best[2], best[2] + best[3]) if best else None


def _suffices(contract: Contract, matched: set[str]) -> bool:
    others = len(contract.columns) - len(contract.key)
    return len(matched.difference(contract.key)) >= min(MIN_OTHER_HEADINGS, others)


def _is_complete(contract: Contract, matched: set[str]) -> bool:
    return all(column.name in matched for column in contract.columns if column.required)


def _goes_on_below(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row is the upper part of the headings below it: groups, and columns that have no heading of their own."""
    filled = [position for position, cell in enumerate(row) if cell.strip()]
    return len(filled) > 1 and any(not below[position].strip() for position in filled)


@dataclass(frozen=True)
class _Block:
    """The rows of headings; `groups` are cells that stand over several columns: (row, first position) -> last position."""

    rows: Rows
    top: int
    merges: Sequence[Merge]
    groups: Mapping[tuple[int, int], int]

    @classmethod
    def of(cls, head: Rows, top: int, below: int, merges: Sequence[Merge]) -> _Block:
        rows = head[top:below]
        groups = dict(_followed_by_blanks(rows))
        for merge in merges:
            if merge.first_row < below and merge.last_column > merge.first_column:
                groups[merge.first_row - top, merge.first_column] = merge.last_column
        return cls(rows, top, merges, {at: last for at, last in groups.items() if _cell(rows, *at)})

    @property
    def width(self) -> int:
        return max(len(row) for row in self.rows)

    def goes_on_in(self, row: Sequence[str]) -> bool:
        """Whether the next row holds headings below groups, and nothing else."""
        under = {p for (_, first), last in self._open_groups() for p in range(first, last + 1)}
        filled = {position for position, cell in enumerate(row) if cell.strip()}
        return bool(filled) and filled <= under and not any(_is_figure(row[position]) for position in filled)

    def _open_groups(self) -> Iterator[tuple[tuple[int, int], int]]:
        """Groups with nothing below them yet, and cells of the last row followed by blanks."""
        last_row = len(self.rows) - 1
        for (row, first), last in self.groups.items():
            if not any(_cell(self.rows, r, p) for r in range(row + 1, last_row + 1) for p in range(first, last + 1)):
                yield (row, first), last
        for position, cell in enumerate(self.rows[last_row]):
            end = position
            while (
                cell.strip()
                and end + 1 < self.width
                and not any(_cell(self.rows, r, end + 1) for r in range(last_row + 1))
            ):
                end += 1
            if end > position:
                yield (last_row, position), end

    def groups_over(self, position: int) -> list[tuple[int, int]]:
        """The groups over a position, from above."""
        return [at for at, last in sorted(self.groups.items()) for at in [at] if at[1] <= position <= last]

    def own(self, position: int) -> list[str]:
        """The headings of a position alone, from above; rows of units are none."""
        cells = ((row, _cell(self.rows, row, position)) for row in range(len(self.rows)))
        return [cell for row, cell in cells if cell and (row, position) not in self.groups and not is_statement(cell)]

    def units(self, position: int) -> tuple[str, ...]:
        """What stands below the headings of a position as its unit."""
        cells = (_cell(self.rows, row, position) for row in range(1, len(self.rows)))
        return tuple(cell for cell in cells if cell and is_statement(cell))

    def below(self, at: tuple[int, int]) -> tuple[str, ...]:
        """The headings below a group."""
        positions = range(at[1], self.groups[at] + 1)
        cells = (_cell(self.rows, row, p) for p in positions for row in range(at[0] + 1, len(self.rows)))
        return tuple(cell for cell in cells if cell)

    def text(self, at: tuple[int, int]) -> str:
        return _cell(self.rows, *at)


def _cell(rows: Rows, row: int, position: int) -> str:
    return rows[row][position].strip() if position < len(rows[row]) else ""


def _is_figure(text: str) -> bool:
    return text.strip()[:1].isdigit()


def _followed_by_blanks(rows: Rows) -> Iterator[tuple[tuple[int, int], int]]:
    """Cells with a heading below them, and blanks beside them that have headings below, too."""
    width = max(len(row) for row in rows)
    has_below = [
        [any(_is_heading(rows, r, p) for r in range(row + 1, len(rows))) for p in range(width)]
        for row in range(len(rows))
    ]
    for row in range(len(rows) - 1):
        for position in range(width):
            if not _cell(rows, row, position) or not has_below[row][position]:
                continue
            last = position
            while (
                last + 1 < width
                and has_below[row][last + 1]
                and not any(_cell(rows, r, last + 1) for r in range(row + 1))
            ):
                last += 1
            if last > position:
                yield (row, position), last


def _is_heading(rows: Rows, row: int, position: int) -> bool:
    cell = _cell(rows, row, position)
    return bool(cell) and not is_statement(cell)


def _describe(contract: Contract, block: _Block, index: HeadingIndex, is_empty: Callable[[int], bool]) -> Recognised:
    """Gives every position the column that its headings name, of several for one column the one that goes first."""
    named: dict[str, list[tuple[object, int]]] = {}
    headings: dict[int, str] = {}
    undecided: dict[int, tuple[str, ...]] = {}
    split: dict[tuple[int, int], tuple[str, tuple[str, ...]]] = {}
    for position in range(block.width):
        heading, names, group = _named(contract, block, index, position, is_empty)
        if heading:
            headings[position] = heading
        if group is not None:
            split[group] = (block.text(group), block.below(group))
        if len(names) > 1:
            undecided[position] = names
        elif names:
            named.setdefault(names[0], []).append((rank(contract.column(names[0]), heading), position))
    columns = {name: min(places)[1] for name, places in named.items()}
    sums = dict(_sums(contract, columns, headings))
    used = {*columns.values(), *undecided, *(p for positions in sums.values() for p in positions)}
    held = {*columns, *sums}
    return Recognised(
        contract=contract,
        first_heading_row=block.top,
        first_data_row=block.top + len(block.rows),
        columns=columns,
        headings=headings,
        unknown=tuple(p for p, text in headings.items() if p not in used and not index.ignores(text)),
        statements={name: (*stated_units(headings[p]), *block.units(p)) for name, p in columns.items()},
        sums=sums,
        undecided=undecided,
        split=tuple(said for said in split.values() if held.isdisjoint(index.find(said[0])[contract.form])),
    )


def _named(
    contract: Contract, block: _Block, index: HeadingIndex, position: int, is_empty: Callable[[int], bool]
) -> tuple[str, tuple[str, ...], tuple[int, int] | None]:
    """The heading of a position, the columns that it names, and the known group over it that names none."""

    def known(text: str) -> tuple[str, ...]:
        return index.find(text).get(contract.form, ())

    own = block.own(position)
    for text in reversed(own):
        if known(text):
            return text, known(text), None
    groups = [at for at in block.groups_over(position) if known(block.text(at))]
    if own:
        is_whole = not VOCABULARY.whole_headings.isdisjoint(spellings(own[-1]))
        if groups and is_whole:
            return block.text(groups[-1]), known(block.text(groups[-1])), None
        return own[-1], (), groups[-1] if groups else None
    if groups and groups[-1][1] == position and not block.below(groups[-1]):
        others = range(position + 1, block.groups[groups[-1]] + 1)
        if all(map(is_empty, others)):
            return block.text(groups[-1]), known(block.text(groups[-1])), None
        return block.text(groups[-1]), (), groups[-1]
    above = [block.text(at) for at in block.groups_over(position) if at[1] == position]
    return (above[-1] if above and not groups else ""), (), None


def _sums(
    contract: Contract, columns: Mapping[str, int], headings: Mapping[int, str]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Columns that have no heading of their own, where all the parts are there that they are the sum of."""
    for column in contract.columns:
        if not column.sum_of or column.name in columns:
            continue
        wanted = [normalise_heading(part) for part in column.sum_of]
        places = [next((p for p, text in headings.items() if part in spellings(text)), None) for part in wanted]
        if None not in places:
            yield column.name, tuple(p for p in places if p is not None)
