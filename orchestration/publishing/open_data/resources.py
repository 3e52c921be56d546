"""A resource of the bundle: a tidy table with described columns, keys, and a status beside every value that may be missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from orchestration.publishing.open_data.rules import Bilingual, Rules

CONFIDENTIAL, NOT_APPLICABLE, NO_DATA, PROVISIONAL = "c", "z", "x", "u"
STATUS = "_status"
Value = str | int | float | bool | date | None
ForeignKey = tuple[str, str, str]  # column, resource, column there


@dataclass(frozen=True)
class Column:
    """`type` is one of the table schema's; `enum` lists all codes that occur."""

    name: str
    type: str
    description: Bilingual
    enum: tuple[str, ...] = ()
    required: bool = False
    minimum: float | None = None


@dataclass(frozen=True)
class Resource:
    """Rows are in the order of the columns; without a value a status column says why."""

    name: str
    title: Bilingual
    columns: list[Column]
    rows: list[tuple[Value, ...]]
    primary_key: tuple[str, ...]
    foreign_keys: list[ForeignKey] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """A value and the symbol beside it: no symbol is an ordinary value, `u` stands beside a value, the others in place of one."""

    value: Value
    symbol: str | None = None


def shown(value: Value, is_confidential: bool, missing: str = NOT_APPLICABLE, provisional: bool = False) -> Shown:
    """What a reader sees of a value; `missing` is the symbol where there is none."""
    if value is None:
        return Shown(None, missing)
    if is_confidential:
        return Shown(None, CONFIDENTIAL)
    return Shown(value, PROVISIONAL if provisional else None)


def flat(values: Iterable[Shown]) -> list[Value]:
    """Each value and its symbol, one after another, as a row holds them."""
    return [part for one in values for part in (one.value, one.symbol)]


def plain_columns(rules: Rules, names: Iterable[str], required: Sequence[str] = ()) -> list[Column]:
    """Columns without symbols, described as the rules say; `required` are those that are never blank."""
    return [Column(name, *_described(rules, name), required=name in required) for name in names]


def value_columns(rules: Rules, names: Iterable[str]) -> list[Column]:
    """Each column with its status beside it."""
    columns = []
    for name in names:
        kind, (zh, en) = _described(rules, name)
        columns.append(Column(name, kind, (zh, en), minimum=0 if kind == "integer" else None))
        status: Bilingual = (f"{zh}的状态：空白为正常值", f"Status of the value: blank for an ordinary one. {en}")
        columns.append(Column(name + STATUS, "string", status, enum=tuple(rules.symbols)))
    return columns


def dimension_column(rules: Rules, name: str, codes: Iterable[str]) -> Column:
    """The column of a dimension, with the codes that occur in it."""
    return Column(name, "string", rules.dimensions[name].title, enum=tuple(codes), required=True)


def status_keys(names: Iterable[str]) -> list[ForeignKey]:
    """Foreign keys from the status columns of these values to the symbols."""
    return [(name + STATUS, "symbols", "symbol") for name in names]


def _described(rules: Rules, name: str) -> tuple[str, Bilingual]:
    kind, zh, en = rules.columns[name]
    return kind, (zh, en)
