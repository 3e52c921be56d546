"""Families of atoms read from a release, and the cells of the open tables as sums over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import duckdb

from orchestration.publishing.open_data.linked_tables import LinkedTables, amount_protection, count_protection
from orchestration.publishing.open_data.rules import TOTAL, UNKNOWN, FamilySum, Link, Rules, Table, Where

Codes = dict[str, str]


@dataclass(frozen=True)
class Atom:
    """One count of a family, and its place in the linked tables of its collection; `contributors` stand behind an amount."""

    unit_code: str
    codes: Codes
    value: float
    contributors: float
    place: int


@dataclass(frozen=True)
class Family:
    """A family's rows of the whole release: (collection, unit, codes, value, contributors), and the codes that occur."""

    dimensions: tuple[str, ...]
    rows: list[tuple[str, str, tuple[str, ...], float, float]]

    def codes(self, dimension: str) -> set[str]:
        """The codes of a dimension that occur; ValueError when the family does not have it."""
        position = self.dimensions.index(dimension)
        return {codes[position] for _, _, codes, _, _ in self.rows}

    def units(self, collection_id: str | None = None) -> set[str]:
        """Units with a row in the collection, or in any."""
        return {unit for collection, unit, _, _, _ in self.rows if collection_id in (None, collection)}


def read_families(db: duckdb.DuckDBPyConnection, rules: Rules) -> dict[str, Family]:
    """The families of the rules by name, from the queries that the rules give."""
    return {name: _read_family(db, sql) for name, sql in rules.families.items()}


def _read_family(db: duckdb.DuckDBPyConnection, sql: str) -> Family:
    found = db.sql(sql)
    dimensions = tuple(
        name for name in found.columns if name not in ("collection_id", "unit_code", "n", "contributors")
    )
    rows = [
        (
            row["collection_id"],
            row["unit_code"],
            tuple(UNKNOWN if row[name] is None else str(row[name]) for name in dimensions),
            float(row["n"]),
            float(row.get("contributors", 1)),
        )
        for row in found.to_arrow_table().to_pylist()
    ]
    return Family(dimensions, sorted(rows))


def add_family(linked: LinkedTables, family: Family, collection_id: str) -> list[Atom]:
    """Atoms of one collection. What is 0 has none: where there are no schools of a kind there are no pupils, which is known to all."""
    return [
        Atom(unit, dict(zip(family.dimensions, codes, strict=True)), value, contributors, linked.add_atom(value))
        for collection, unit, codes, value, contributors in family.rows
        if collection == collection_id and value > 0
    ]


def chosen(atoms: Iterable[Atom], where: Where) -> list[Atom]:
    """The atoms that have one of the codes in every dimension named."""
    return [atom for atom in atoms if all(atom.codes[name] in codes for name, codes in where.items())]


def visible_codes(
    rules: Rules, family: Family, table: Table, dimension: str
) -> list[tuple[str, frozenset[str] | None]]:
    """Codes of a dimension as a table shows them, with the codes they sum over (None: all), in the order of the rules."""
    rule = rules.dimensions.get(dimension)
    occurring = family.codes(dimension) & set(table.where.get(dimension, family.codes(dimension)))
    if rule is None:
        return [(code, frozenset({code})) for code in sorted(occurring)] + [(TOTAL, None)]
    ordered = [code for code in rule.codes if code in occurring] + sorted(occurring - set(rule.codes))
    leaves = [(code, frozenset({code})) for code in ordered] if rule.leaves else []
    groups = [(code, frozenset(group.members)) for code, group in rule.groups.items()]
    return [*leaves, *groups, *([(TOTAL, None)] if rule.total else [])]


def table_cells(
    rules: Rules, family: Family, table: Table, atoms: list[Atom], units: Iterable[str]
) -> Iterator[tuple[tuple[str, ...], list[Atom]]]:
    """Every cell of a table in one collection: (unit, code of each dimension), and its atoms."""
    there = chosen(atoms, table.where)
    codes = [visible_codes(rules, family, table, dimension) for dimension in table.dimensions]
    for unit in units:
        of_unit = [atom for atom in there if unit in (TOTAL, atom.unit_code)]
        for combination in product(*codes):
            members = of_unit
            for dimension, (_, summed) in zip(table.dimensions, combination, strict=True):
                if summed is not None:
                    members = [atom for atom in members if atom.codes[dimension] in summed]
            yield (unit, *(code for code, _ in combination)), members


def add_table(linked: LinkedTables, rules: Rules, name: str, family: Family, atoms: list[Atom]) -> None:
    """Cells of a table under (table, unit, codes); a table that protects nothing has none among them."""
    table = rules.tables[name]
    if table.protect == "none":
        return
    limits = rules.thresholds
    units = [*sorted({atom.unit_code for atom in atoms}), TOTAL]
    for codes, members in table_cells(rules, family, table, atoms, units):
        value = sum(atom.value for atom in members)
        if table.protect == "count":
            level = count_protection(value, limits.count, max(1, _leaves(table, members)))
        else:
            behind = sum(atom.contributors for atom in members)
            level = amount_protection(value, behind, limits.contributors, limits.amount_margin)
        places = [atom.place for atom in members]
        least = 1 if table.protect == "count" and table.published and members and TOTAL not in codes else 0
        linked.add_cell((name, *codes), places, level, cell_weight(rules, codes, value), table.published, least)


def _leaves(table: Table, members: list[Atom]) -> int:
    """Finest cells of a table that a cell sums over, none of them 0."""
    return len({(atom.unit_code, *(atom.codes[dimension] for dimension in table.dimensions)) for atom in members})


def cell_weight(rules: Rules, codes: tuple[str, ...], value: float) -> float:
    """The unit is the first code; the city and totals are dear, and so are zeros."""
    weights = rules.weights
    weight = weights.cell * weights.total ** codes.count(TOTAL)
    return weight * (weights.city if codes[0] == TOTAL else 1) * (1 if value else weights.zero)


def add_link(linked: LinkedTables, families: dict[str, list[Atom]], link: Link) -> None:
    """Ties equal sums of two families, unit by unit; where a family has no rows of a unit nothing is known."""
    left = _grouped(families, link.left, [*link.by, *link.each])
    right = _grouped(families, link.right, link.by)
    for (unit, *codes), atoms in left.items():
        other = right.get((unit, *codes[: len(link.by)]))
        if other:
            linked.link(atoms, other)


def _grouped(families: dict[str, list[Atom]], summed: FamilySum, by: list[str]) -> dict[tuple[str, ...], list[int]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for atom in chosen(families[summed.family], summed.where):
        groups.setdefault((atom.unit_code, *(atom.codes[name] for name in by)), []).append(atom.place)
    return groups
