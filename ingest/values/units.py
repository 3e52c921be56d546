"""Units: the one place that understands in what figures are stated - in a heading, a row of units, a unit line or a cell.

A statement that is not understood is never taken for the usual unit: it comes back as an `UnknownUnit`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.contracts.contract import Column
from ingest.values.vocabulary import VOCABULARY

FIGURES = ("int", "number")
KINDS = {"yuan": "money", "m2": "area", "Mbps": "bandwidth"}
BRACKETED = re.compile(r"[(\[【{]([^()\[\]【】{}]*)[)\]】}]")
ENCLOSED = re.compile(r"^[(\[【{]([^()\[\]【】{}]*)[)\]】}]$")
OPENED_AT_END = re.compile(r"[(\[【{]([^()\[\]【】{}]*)$")
AFTER_WORD = re.compile(r"(?:[/_\-]|(?:计量|金额|货币|面积)?单位[:为是]*)([^/_:\-()]+)$")
LINE = re.compile(
    r"(?<![\u4e00-\u9fff])(?:计量|金额|货币|面积|数量)?单\s*位([\s:;为是()\[\]（）【】﹕∶︰.,，、：；]*)(.*)", re.DOTALL
)
LABEL = re.compile(r"^(?:计量|金额|货币|面积|数量)?单位[:;为是]*|^人民币|^按(?=.*计$)|计$")
SEPARATORS = re.compile(r"[、，,;；/／\s和及或]+")
UNIT_ALONE = re.compile(rf"[百千万十亿\d]*(?:{VOCABULARY.unit_word_pattern})")
UNIT_WORD = re.compile(rf"(?:{VOCABULARY.unit_word_pattern})$")


@dataclass(frozen=True)
class Factor:
    """What brings a figure to the contract's unit, and the statement as sent."""

    factor: float
    statement: str


@dataclass(frozen=True)
class UnknownUnit:
    """A statement that says a unit, but none that is known for its column."""

    statement: str


Unit = Factor | UnknownUnit


def plain(text: str) -> str:
    """NFKC, without blanks, in lower case."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


def split_heading(text: str) -> tuple[str, tuple[str, ...]]:
    """A heading (NFKC, without blanks) without what stands in brackets or behind a stroke, and these statements."""
    statements = [found[1] for found in BRACKETED.finditer(text)]
    bare = OPENED_AT_END.sub("", BRACKETED.sub("", text))
    behind = AFTER_WORD.search(bare)
    if behind and behind.start() and any(_says_unit(part) for part in _parts(behind[1])):
        bare, statements = bare[: behind.start()], [*statements, behind[1]]
    return bare, tuple(statements)


def unit_of(column: Column, statements: Sequence[str]) -> Unit | None:
    """The unit that statements about a column name; None where they name none, or the column holds no figures."""
    if column.type not in FIGURES:
        return None
    found = [unit for text in statements for part in _parts(text) if (unit := _unit(column, part, text))]
    unknown = [unit for unit in found if isinstance(unit, UnknownUnit)]
    factors = {unit.factor for unit in found if isinstance(unit, Factor)}
    if unknown or len(factors) > 1:
        return unknown[0] if unknown else UnknownUnit("、".join(statements))
    return found[0] if found else None


def _unit(column: Column, part: str, statement: str) -> Unit | None:
    kind = KINDS.get(column.unit or "")
    factor = VOCABULARY.units[kind].get(part) if kind else None
    if factor is not None:
        return Factor(factor, statement)
    if kind is None and part in VOCABULARY.counters:
        return Factor(1.0, statement)
    return UnknownUnit(statement) if _says_unit(part) else None


def _says_unit(part: str) -> bool:
    """Whether a word is a unit; with a figure in it only when the rest is (1000元, but not 单价1000元)."""
    word = re.sub(r"^\d+", "", part)
    has_figure = re.search(r"\d", word.replace("m2", "")) is not None
    return word in VOCABULARY.counters or (not has_figure and UNIT_WORD.search(word) is not None)


def _parts(text: str) -> Iterator[str]:
    """The words of a statement that may be units: 人民币万元，保留两位小数 is 万元 and 保留两位小数."""
    whole = unicodedata.normalize("NFKC", text).casefold()
    compact = LABEL.sub("", ENCLOSED.sub(r"\1", re.sub(r"\s", "", whole)))
    for part in (LABEL.sub("", each) for each in SEPARATORS.split(compact)):
        if part:
            yield part


@functools.lru_cache(maxsize=4096)
def is_statement(text: str) -> bool:
    """Whether a cell says a unit and nothing else, as in a row of units."""
    parts = list(_parts(plain(text).strip("()[]【】")))
    return bool(parts) and all(part in VOCABULARY.counters or UNIT_ALONE.fullmatch(part) for part in parts)


def unit_line(cells: Sequence[str]) -> str | None:
    """What a line of units says, such as 平方米、万元 in 单位：平方米、万元; the unit may stand in the next cell. None when it is none."""
    for position, cell in enumerate(cells):
        found = LINE.search(cell) if "位" in cell else None
        if not found:
            continue
        said = re.split(r"[)）\]】]", found[2])[0]
        if not said.strip():
            said = next((other for other in cells[position + 1 :] if other.strip()), "")
        if any(_says_unit(part) for part in _parts(said)):
            return said.strip()
    return None


def unit_of_lines(column: Column, lines: Sequence[str]) -> Unit | None:
    """The unit that unit lines say for columns of this one's kind; they hold for nothing else."""
    kind = KINDS.get(column.unit or "")
    if kind is None:
        return None
    pattern = re.compile(rf"(?:{VOCABULARY.kind_patterns[kind]})$")
    mine = [part for line in lines for part in _parts(line) if part in VOCABULARY.units[kind] or pattern.search(part)]
    return unit_of(column, mine)
