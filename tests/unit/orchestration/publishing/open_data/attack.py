"""An attacker of the bundle: from published figures, sums between cells and signs, how closely is a hidden cell known?

Shares no code with the suppression: cells are variables here, not sums of atoms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, lil_matrix

Key = tuple[str, ...]
Equation = dict[Key, float]
LARGEST = 1e7
NEAR = 1e-4


class Attack:
    """`known` are published figures; equations are sums that are 0; other cells are unknown, not negative and within `bounds`."""

    def __init__(
        self,
        known: dict[Key, float],
        equations: Iterable[Equation],
        bounds: dict[Key, tuple[float, float]] | None = None,
    ) -> None:
        self.known = known
        self.bounds = bounds or {}
        self.equations = [equation for equation in map(self._unknown_part, equations) if equation[0]]
        self.part_of = self._parts()
        self.equations_of: dict[int, list[tuple[Equation, float]]] = defaultdict(list)
        for equation, total in self.equations:
            self.equations_of[self.part_of[next(iter(equation))]].append((equation, total))
        self.members: dict[int, list[Key]] = defaultdict(list)
        for cell, part in self.part_of.items():
            self.members[part].append(cell)
        self.matrices: dict[int, tuple[csr_matrix, list[float]]] = {}
        self.seen: dict[Key, tuple[float, float]] = {}

    def _unknown_part(self, equation: Equation) -> tuple[Equation, float]:
        """What is unknown of an equation, and the sum that it has to have."""
        total = -sum(sign * self.known[cell] for cell, sign in equation.items() if cell in self.known)
        return {cell: sign for cell, sign in equation.items() if cell not in self.known}, total

    def _parts(self) -> dict[Key, int]:
        """Unknown cells by the group that equations tie them into."""
        root: dict[Key, Key] = {}

        def find(cell: Key) -> Key:
            root.setdefault(cell, cell)
            while root[cell] != cell:
                root[cell] = root[root[cell]]
                cell = root[cell]
            return cell

        for equation, _ in self.equations:
            first, *others = equation
            for other in others:
                root[find(other)] = find(first)
            find(first)
        numbers: dict[Key, int] = {}
        return {cell: numbers.setdefault(find(cell), len(numbers)) for cell in list(root)}

    def interval(self, cell: Key) -> tuple[float, float]:
        """Least and greatest value of an unknown cell; a cell that no equation holds may be anything."""
        return self._bound(cell, 1), self._bound(cell, -1)

    def least(self, cell: Key) -> float:
        return self._bound(cell, 1)

    def _bound(self, cell: Key, sign: int) -> float:
        if cell not in self.part_of:
            return 0 if sign > 0 else LARGEST
        cells = self.members[self.part_of[cell]]
        matrix, totals = self._matrix(self.part_of[cell])
        goal = np.zeros(len(cells))
        goal[cells.index(cell)] = sign
        bounds = [self.bounds.get(name, (0, LARGEST)) for name in cells]
        found = linprog(goal, A_eq=matrix, b_eq=totals, bounds=bounds, method="highs")
        assert found.x is not None, f"the attacker's equations of {cell} contradict each other: {found.message}"
        for name, value in zip(cells, found.x, strict=True):
            low, high = self.seen.get(name, (value, value))
            self.seen[name] = min(low, value), max(high, value)
        return float(found.x[cells.index(cell)])

    def _matrix(self, part: int) -> tuple[csr_matrix, list[float]]:
        """Equations of a group of cells, and the sums that they have to have."""
        if part not in self.matrices:
            place = {name: number for number, name in enumerate(self.members[part])}
            equations = self.equations_of[part]
            matrix = lil_matrix((len(equations), len(place)))
            for row, (equation, _) in enumerate(equations):
                for name, factor in equation.items():
                    matrix[row, place[name]] = factor
            self.matrices[part] = matrix.tocsr(), [total for _, total in equations]
        return self.matrices[part]

    def covers(self, cell: Key, low: float, high: float) -> bool:
        """Whether the cell may be as small as `low` and as great as `high`, for all that the attacker knows."""
        return self._reaches(cell, low, 1) and self._reaches(cell, high, -1)

    def _reaches(self, cell: Key, value: float, sign: int) -> bool:
        seen = self.seen.get(cell)
        if seen and (seen[0] <= value + NEAR if sign > 0 else seen[1] >= value - NEAR):
            return True
        bound = self._bound(cell, sign)
        return bound <= value + NEAR if sign > 0 else bound >= value - NEAR

    def is_open(self, cell: Key, width: float = 1) -> bool:
        """Whether the cell is not known to less than a width."""
        low, high = self.seen.get(cell, (0, 0))
        if high - low < width - NEAR:
            low, high = self.interval(cell)
        return high - low >= width - NEAR
