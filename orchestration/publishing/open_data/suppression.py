"""Primary and complementary suppression: small cells, and what they could be worked out from.

For every sensitive cell and direction a linear programme looks for the cheapest way to move the cell as far as it needs to be uncertain:
published cells that have to move with it are suppressed, those suppressed already move for nothing. The moved atoms are another truth
that fits all that is published, so the cell is protected from whatever follows from the bundle by addition and signs. Suppressing
more never takes protection away. A sum that is known to be made of more than one pupil moves down as far as that allows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity, vstack
from scipy.sparse.csgraph import connected_components

from ingest.errors import ReleaseError
from orchestration.publishing.open_data.linked_tables import Cell, Key, LinkedTables

TOLERANCE = 1e-6
LARGEST = 1e6  # larger atoms are scaled down to it: the solver's tolerances are absolute


@dataclass
class Row:
    """Cells that are the same sum of atoms: suppressed together."""

    keys: list[Key]
    atoms: tuple[int, ...]
    weight: float
    published: bool
    down: float
    up: float
    least: float


@dataclass
class Block:
    """Rows and equations that hang together; atoms are renumbered, values scaled."""

    rows: list[Row]
    matrix: csr_matrix
    equations: csr_matrix
    values: np.ndarray
    scale: float

    def floors(self) -> tuple[csr_matrix, np.ndarray]:
        """How far the rows that are known to be at least something can fall: matrix, and the furthest change of each."""
        known = [number for number, row in enumerate(self.rows) if row.least]
        least = np.array([self.rows[number].least for number in known]) / self.scale
        matrix = self.matrix[known]
        return matrix, np.minimum(least - matrix @ self.values, 0.0)


def suppress(linked: LinkedTables, complementary: bool = True) -> set[Key]:
    """Keys of all cells that must not be shown: hidden and sensitive ones, and (unless switched off) their complements."""
    suppressed = {key for key, cell in linked.cells.items() if not cell.published or cell.protection_level is not None}
    if complementary:
        for block in _blocks(linked):
            suppressed |= _protect(block)
    return suppressed


def _protect(block: Block) -> set[Key]:
    """Complements of the block's sensitive rows."""
    hidden = np.array([not row.published or row.down >= 0 for row in block.rows])
    levels = np.array([[row.down, row.up] for row in block.rows]) / block.scale
    moved = np.zeros_like(levels)  # how far a row is known to be able to move down and up
    for number in sorted(np.flatnonzero(levels.max(axis=1) >= 0), key=lambda n: -levels[n].max()):
        for side, sign in enumerate((-1, 1)):
            if moved[number, side] >= levels[number, side] - TOLERANCE:
                continue
            atoms, changed = _cheapest_move(block, hidden, int(number), sign * levels[number, side])
            hidden |= changed
            shift = block.matrix @ atoms
            moved = np.maximum(moved, np.stack([-shift, shift], axis=1))
    return {key for row, is_hidden in zip(block.rows, hidden, strict=True) if is_hidden for key in row.keys}


def _cheapest_move(block: Block, hidden: np.ndarray, number: int, by: float) -> tuple[np.ndarray, np.ndarray]:
    """Moves row `number` by an amount, or as far as it can; returns the change of every atom, and which shown rows change with it."""
    shown = np.flatnonzero(~hidden)
    weights = np.array([block.rows[row].weight for row in shown])
    found = _solve(block, shown, np.concatenate([np.zeros(len(block.values)), weights, weights]), number, by)
    if found is None:
        furthest = _solve(block, shown[:0], np.sign(-by) * block.matrix[[number]].toarray()[0], number, None)
        if furthest is None:
            raise ReleaseError(
                f"The figures around {block.rows[number].keys[0]} contradict each other: no open data made."
            )
        return _cheapest_move(block, hidden, number, float((block.matrix[[number]] @ furthest)[0]))
    changes = found[len(block.values) :]
    changed = np.zeros(len(block.rows), dtype=bool)
    changed[shown] = changes[: len(shown)] + changes[len(shown) :] > TOLERANCE
    return found[: len(block.values)], changed


def _solve(block: Block, shown: np.ndarray, weights: np.ndarray, number: int, by: float | None) -> np.ndarray | None:
    """Changes of atoms, then of shown rows up and down, that weigh least; row `number` changes by `by` (None: freely).

    None where there are none.
    """
    atoms, count = len(block.values), len(shown)
    slack = identity(count, format="csr")
    kept = [block.equations] if by is None else [block.equations, block.matrix[[number]]]
    others = vstack(kept)
    fixed = hstack([block.matrix[shown], -slack, slack])
    sums = np.zeros(count + others.shape[0])
    if by is not None:
        sums[-1] = by
    floors, falls = block.floors()
    bounds = np.full((atoms + 2 * count, 2), [0, np.inf])
    bounds[:atoms, 0] = -block.values
    found = linprog(
        weights,
        A_ub=hstack([-floors, csr_matrix((floors.shape[0], 2 * count))]),
        b_ub=-falls,
        A_eq=vstack([fixed, hstack([others, csr_matrix((others.shape[0], 2 * count))])]),
        b_eq=sums,
        bounds=bounds,
        method="highs",
    )
    changes: np.ndarray | None = found.x
    return changes


def _blocks(linked: LinkedTables) -> list[Block]:
    """The parts of the linked tables that no atom connects, those without a sensitive cell left out."""
    rows = _rows(linked)
    count = len(linked.atoms)
    sums = [row.atoms for row in rows] + [left + right for left, right in linked.equations]
    _, labels = connected_components(_incidence_graph(sums, count), directed=False)
    rows_of: dict[int, list[Row]] = defaultdict(list)
    equations_of: dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]] = defaultdict(list)
    for row in rows:
        rows_of[labels[row.atoms[0]]].append(row)
    for equation in linked.equations:
        equations_of[labels[(equation[0] + equation[1])[0]]].append(equation)
    return [
        _block(np.flatnonzero(labels[:count] == label), rows_of[label], equations_of[label], linked.atoms)
        for label in sorted(rows_of)
        if any(row.down >= 0 for row in rows_of[label])
    ]


def _rows(linked: LinkedTables) -> list[Row]:
    """One row for all cells that are one sum; a cell over no atoms at all is 0 and known to be."""
    same: dict[tuple[int, ...], list[tuple[Key, Cell]]] = defaultdict(list)
    for key, cell in linked.cells.items():
        if cell.atoms:
            same[tuple(sorted(cell.atoms))].append((key, cell))
    return [
        Row(
            keys=[key for key, _ in cells],
            atoms=atoms,
            weight=sum(cell.weight for _, cell in cells if cell.published),
            published=any(cell.published for _, cell in cells),
            down=max(cell.protection_level[0] if cell.protection_level else -1.0 for _, cell in cells),
            up=max(cell.protection_level[1] if cell.protection_level else -1.0 for _, cell in cells),
            least=max(cell.least for _, cell in cells),
        )
        for atoms, cells in same.items()
    ]


def _incidence_graph(sums: list[tuple[int, ...]], atoms: int) -> csr_matrix:
    """A graph of atoms and sums, an edge where a sum holds an atom."""
    edges = [(atom, atoms + number) for number, members in enumerate(sums) for atom in members]
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    size = atoms + len(sums)
    return csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))


def _block(
    places: np.ndarray,
    rows: list[Row],
    equations: list[tuple[tuple[int, ...], tuple[int, ...]]],
    atoms: list[float],
) -> Block:
    number = {int(place): position for position, place in enumerate(places)}
    values = np.array([atoms[place] for place in places])
    scale = max(1.0, float(values.max()) / LARGEST)
    signed = [{atom: float((atom in left) - (atom in right)) for atom in left + right} for left, right in equations]
    return Block(
        rows=rows,
        matrix=_matrix([dict.fromkeys(row.atoms, 1.0) for row in rows], number),
        equations=_matrix(signed, number),
        values=values / scale,
        scale=scale,
    )


def _matrix(sums: list[dict[int, float]], number: dict[int, int]) -> csr_matrix:
    entries = [(row, number[atom], sign) for row, members in enumerate(sums) for atom, sign in members.items()]
    triples = np.array(entries, dtype=float).reshape(-1, 3)
    places = triples[:, :2].astype(np.int64)
    return csr_matrix((triples[:, 2], (places[:, 0], places[:, 1])), shape=(len(sums), len(number)))
