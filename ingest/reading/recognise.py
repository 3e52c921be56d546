"""Which form a sheet holds: its heading rows scored against the headings and synonyms of every contract."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ingest.contract import Column, Contract
from ingest.reading.vocabulary import VOCABULARY

SEARCHED_ROWS = 50
HEADING_ROWS_MAX = 3
MIN_OTHER_HEADINGS = 2
REMEMBERED_CELLS_MAX = 100_000
QUOTES = str.maketrans("", "", "“”\"'‘’「」")


@functools.lru_cache(maxsize=4096)
def normalise_heading(text: str) -> str:
    """NFKC, no spaces, line breaks, quotes or asterisks: what two spellings of one heading share."""
    text = unicodedata.normalize("NFKC", text.replace("_x000D_", ""))
    return re.sub(r"[\s*]+", "", text).translate(QUOTES).casefold()


def _spellings(text: str) -> tuple[str, ...]:
    """The heading as it stands, then without a unit or hint in brackets at its end."""
    whole = normalise_heading(text)
    bare = re.sub(r"[(\[【][^()\[\]【】]*[)\]】]$", "", whole)
    return (whole, bare) if bare and bare != whole else (whole,)


@dataclass(frozen=True)
class HeadingIndex:
    """Where each normalised heading can belong: heading -> {form: column name}."""

    columns: Mapping[str, Mapping[str, str]]
    ignored: frozenset[str]
    _found: dict[str, Mapping[str, str]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, contracts: Mapping[str, Contract]) -> HeadingIndex:
        columns: dict[str, dict[str, str]] = {}
        for form, contract in contracts.items():
            for column in contract.columns:
                for heading in column.headings:
                    columns.setdefault(normalise_heading(heading), {})[form] = column.name
        return cls(columns, frozenset(map(normalise_heading, VOCABULARY.ignored_headings)))

    @functools.cached_property
    def is_beyond_ascii(self) -> bool:
        """Whether no heading is plain ASCII, as codes and figures are."""
        return not any(heading.isascii() for heading in self.columns)

    def candidates(self, rows: Sequence[Sequence[str]]) -> set[str]:
        """The distinct cells that may be headings."""
        cells = chain.from_iterable(rows)
        return {cell for cell in cells if not cell.isascii()} if self.is_beyond_ascii else set(cells)

    def find(self, text: str) -> Mapping[str, str]:
        """{form: column name} for a heading as sent; empty when no form knows it. What was asked before is remembered."""
        found = self._found.get(text)
        if found is None:
            found = next((self.columns[each] for each in _spellings(text) if each in self.columns), {})
            if len(self._found) < REMEMBERED_CELLS_MAX:
                self._found[text] = found
        return found

    def ignores(self, text: str) -> bool:
        return any(spelling in self.ignored for spelling in _spellings(text))


@dataclass(frozen=True)
class Recognised:
    """A form found on a sheet; rows are counted from 0 among the sheet's cells.

    `columns` maps a column's name to its position, `headings` a position to its heading as sent, `unknown` lists positions.
    """

    contract: Contract
    first_data_row: int
    columns: Mapping[str, int]
    headings: Mapping[int, str]
    unknown: tuple[int, ...]

    @property
    def missing_columns(self) -> list[Column]:
        return [column for column in self.contract.columns if column.required and column.name not in self.columns]


def recognise(
    head: Sequence[Sequence[str]], index: HeadingIndex, contracts: Mapping[str, Contract]
) -> Recognised | None:
    """The form with the most of its headings in up to three neighbouring rows (ties: the larger share), or None.

    At least two headings besides the key must be there, or all of them for a form that has fewer.
    """
    best: tuple[tuple[int, float, int], str, int, int] | None = None
    rows = _matches(head, index)
    is_blank = [not any(cell.strip() for cell in row) for row in head]
    for top in range(min(len(head), SEARCHED_ROWS)):
        matched: dict[str, set[str]] = {}
        for depth in range(1, min(HEADING_ROWS_MAX, len(head) - top) + 1):
            if is_blank[top + depth - 1]:
                break
            if not rows[top + depth - 1]:
                continue
            for form, names in rows[top + depth - 1].items():
                matched[form] = matched.get(form, set()) | names
            for form, names in matched.items():
                contract = contracts[form]
                if not _suffices(contract, names):
                    continue
                score = (len(names), len(names) / len(contract.columns), -depth)
                if best is None or score > best[0]:
                    best = (score, form, top, depth)
    if best is None:
        return None
    _, form, top, depth = best
    above = [head[top - 1]] if top and _goes_on_below(head[top - 1], head[top]) else []
    return _describe(contracts[form], [*above, *head[top : top + depth]], top + depth, index)


def _matches(rows: Sequence[Sequence[str]], index: HeadingIndex) -> list[dict[str, set[str]]]:
    """For each row, the columns of each form that its cells name; every distinct cell is looked up once."""
    headings = {cell: found for cell in index.candidates(rows) if (found := index.find(cell))}
    matches: list[dict[str, set[str]]] = [{} for _ in rows]
    for row, matched in zip(rows, matches, strict=True):
        if headings.keys().isdisjoint(row):
            continue
        for cell in headings.keys() & row:
            for form, name in headings[cell].items():
                matched.setdefault(form, set()).add(name)
    return matches


def _suffices(contract: Contract, matched: set[str]) -> bool:
    others = len(contract.columns) - len(contract.key)
    return len(matched.difference(contract.key)) >= min(MIN_OTHER_HEADINGS, others)


def _goes_on_below(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row is the upper part of the headings below it: groups, and columns that have no heading of their own."""
    filled = [position for position, cell in enumerate(row) if cell.strip()]
    return len(filled) > 1 and any(not below[position].strip() for position in filled)


def _describe(contract: Contract, rows: Sequence[Sequence[str]], data_row: int, index: HeadingIndex) -> Recognised:
    """Each position takes the lowest of its headings that the form knows, else its lowest heading."""
    columns: dict[str, int] = {}
    headings: dict[int, str] = {}
    unknown = []
    for position in range(len(rows[0])):
        stack = [row[position] for row in rows if position < len(row) and row[position].strip()]
        known = [(text, index.find(text)[contract.form]) for text in stack if contract.form in index.find(text)]
        if known and known[-1][1] not in columns:
            headings[position], columns[known[-1][1]] = known[-1][0], position
        elif stack:
            headings[position] = stack[-1]
            if not index.ignores(stack[-1]):
                unknown.append(position)
    return Recognised(contract, data_row, columns, headings, tuple(unknown))
