"""Which columns a heading can name, whatever its spaces, brackets, hints and units."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ingest.contracts.contract import Column, Contract
from ingest.values.units import split_heading
from ingest.values.vocabulary import VOCABULARY

REMEMBERED_CELLS_MAX = 100_000
QUOTES = str.maketrans("", "", "“”\"'‘’「」")
PARTED = frozenset("([【{/_-单")  # what parts a heading from a unit or hint
CODE_ENDINGS = ("代码", "码")


@functools.lru_cache(maxsize=4096)
def normalise_heading(text: str) -> str:
    """NFKC, no spaces, line breaks, quotes or asterisks: what two spellings of one heading share."""
    text = unicodedata.normalize("NFKC", text.replace("_x000D_", ""))
    return re.sub(r"[\s*]+", "", text).translate(QUOTES).casefold()


@functools.lru_cache(maxsize=4096)
def spellings(text: str) -> tuple[str, ...]:
    """The heading as it stands, then without what stands in brackets at its end, then without any unit or hint."""
    whole = normalise_heading(text)
    if PARTED.isdisjoint(whole):  # as nearly all cells are
        return (whole,)
    at_end = re.sub(r"[(\[【][^()\[\]【】]*[)\]】]$", "", whole)
    bare, _ = split_heading(whole)
    return tuple(dict.fromkeys(filter(None, (whole, at_end, bare))))


@functools.lru_cache(maxsize=4096)
def stated_units(text: str) -> tuple[str, ...]:
    """What a heading says in brackets or behind a stroke, units among it."""
    return split_heading(normalise_heading(text))[1]


@dataclass(frozen=True)
class HeadingIndex:
    """Where each normalised heading can belong: heading -> {form: names of columns}."""

    columns: Mapping[str, Mapping[str, tuple[str, ...]]]
    ignored: frozenset[str]
    _found: dict[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict, compare=False, repr=False)
    _begins: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, contracts: Mapping[str, Contract]) -> HeadingIndex:
        """The index of all headings, synonyms included, of these contracts."""
        columns: dict[str, dict[str, tuple[str, ...]]] = {}
        for form, contract in contracts.items():
            for column in contract.columns:
                for heading in column.headings:
                    named = columns.setdefault(normalise_heading(heading), {})
                    named[form] = (*named.get(form, ()), column.name)
        return cls(columns, frozenset(map(normalise_heading, VOCABULARY.ignored_headings)))

    @functools.cached_property
    def is_beyond_ascii(self) -> bool:
        """Whether no heading is plain ASCII, as codes and figures are."""
        return not any(heading.isascii() for heading in self.columns)

    def candidates(self, rows: Sequence[Sequence[str]]) -> set[str]:
        """The distinct cells that may be headings."""
        cells = chain.from_iterable(rows)
        return {cell for cell in cells if not cell.isascii()} if self.is_beyond_ascii else set(cells)

    def find(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """{form: names of columns} for a heading as sent; empty when no form knows it. What was asked before is remembered."""
        found = self._found.get(text)
        if found is None:
            if not self._may_begin(text[:1]):
                return {}
            found = next((self.columns[each] for each in spellings(text) if each in self.columns), {})
            if len(self._found) < REMEMBERED_CELLS_MAX:
                self._found[text] = found
        return found

    def _may_begin(self, character: str) -> bool:
        """Whether a heading, or what stands in brackets before it, may begin with a character, as names and the like seldom do."""
        known = self._begins.get(character)
        if known is None:
            first = normalise_heading(character)[:1]
            known = not first or first in PARTED or first in self._first_characters
            self._begins[character] = known
        return known

    @functools.cached_property
    def _first_characters(self) -> frozenset[str]:
        return frozenset(heading[0] for heading in self.columns)

    def ignores(self, text: str) -> bool:
        """Whether a heading, in any of its spellings, names a column that is passed over, such as 备注."""
        return any(spelling in self.ignored for spelling in spellings(text))


def rank(column: Column, heading: str) -> tuple[bool, bool, int]:
    """Which of several headings for one column is read: the least. A preferred one, then one of a code, then in their order."""
    known, said = _normalised(column.headings), spellings(heading)
    place = next((known.index(each) for each in said if each in known), len(known))
    is_code = column.codes is not None and place < len(known) and known[place].endswith(CODE_ENDINGS)
    return set(said).isdisjoint(_normalised(column.preferred_headings)), not is_code, place


@functools.lru_cache(maxsize=4096)
def _normalised(headings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(normalise_heading, headings))
