"""The tables, linked by their equal sums, that protection is judged in: cells are sums of atoms, and atoms are not negative.

Whoever reads the bundle knows every published cell, every equation and the signs, and that a count in a table is at least 1 where it is
suppressed, since zeros are not; nothing else ties the atoms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Key = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A sum of atoms, by their places in the linked tables.

    `protection_level` is how far down and up from `value` it must be able to lie, None where it is not sensitive; `weight` is what its
    suppression costs; a cell that is not `published` is hidden whatever happens, and yet may be sensitive. `least` is what it is known
    to be at least.
    """

    atoms: tuple[int, ...]
    value: float
    protection_level: tuple[float, float] | None
    weight: float
    published: bool
    least: float = 0


@dataclass
class LinkedTables:
    """Atoms by their true values, cells by key, and equations: sums of atoms that are known to be equal."""

    atoms: list[float] = field(default_factory=list)
    cells: dict[Key, Cell] = field(default_factory=dict)
    equations: list[tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)

    def add_atom(self, value: float) -> int:
        """Takes an atom in; its place."""
        self.atoms.append(float(value))
        return len(self.atoms) - 1

    def total(self, atoms: Iterable[int]) -> float:
        """The true sum of atoms, by their places."""
        return sum(self.atoms[atom] for atom in atoms)

    def add_cell(
        self,
        key: Key,
        atoms: Iterable[int],
        protection_level: tuple[float, float] | None,
        weight: float,
        published: bool,
        least: float = 0,
    ) -> None:
        """Takes in the cell of these atoms under a key; the rest is as in Cell."""
        places = tuple(atoms)
        self.cells[key] = Cell(places, self.total(places), protection_level, weight, published, least)

    def link(self, left: Iterable[int], right: Iterable[int]) -> bool:
        """Ties two sums that are equal in fact; False, and nothing tied, where they differ (what was reported differs)."""
        sides = tuple(left), tuple(right)
        if abs(self.total(sides[0]) - self.total(sides[1])) > 1e-6:
            return False
        if sides[0] != sides[1]:
            self.equations.append(sides)
        return True

    def sensitive(self) -> dict[Key, Cell]:
        """The cells that must not be known closely."""
        return {key: cell for key, cell in self.cells.items() if cell.protection_level is not None}


def count_protection(value: float, threshold: int, least: int = 1) -> tuple[float, float] | None:
    """A count of 1 up to below the threshold must look like any of these; others, 0 too, are not sensitive.

    `least` is how small a sum of several counts, none of them 0, can be at all.
    """
    if not 0 < value < threshold:
        return None
    return max(value - least, 0.0), max(threshold - 1 - value, 0.0)


def amount_protection(value: float, contributors: float, least: int, margin: float) -> tuple[float, float] | None:
    """An amount with too few contributors must be open by a share of itself, both ways."""
    return (margin * value, margin * value) if value > 0 and contributors < least else None
