"""A batch: the tables of one form from many documents put together, so that every check runs once over whole columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from ingest.contracts.contract import Contract
from ingest.reading.table import Table
from ingest.reference import Collection


@dataclass(frozen=True)
class Placed:
    """A table and the reading (document, collection, unit) it belongs to."""

    reading_id: int
    collection: Collection
    table: Table


@dataclass(frozen=True)
class Batch:
    """Rows of `placed` one after another; `table_of` says which table each row came from."""

    contract: Contract
    placed: Sequence[Placed]

    @cached_property
    def heights(self) -> np.ndarray:
        """Rows of each table of `placed`, as int64."""
        return np.array([p.table.height for p in self.placed], np.int64)

    @cached_property
    def starts(self) -> np.ndarray:
        """Position of the first row of each table."""
        return np.concatenate([[0], np.cumsum(self.heights)[:-1]])

    @cached_property
    def table_of(self) -> np.ndarray:
        """For each row the position of its table in `placed`."""
        return np.repeat(np.arange(len(self.placed)), self.heights)

    @cached_property
    def row_numbers(self) -> np.ndarray:
        """For each row its number in its spreadsheet, from 1."""
        return np.concatenate([p.table.row_numbers for p in self.placed])

    @property
    def height(self) -> int:
        """Rows of all tables together."""
        return int(self.heights.sum())

    def texts(self, name: str) -> pa.Array:
        """A column as sent, '' where a table has no such column."""
        return pa.concat_arrays([p.table.cells.get(name) or self._blanks.slice(0, p.table.height) for p in self.placed])

    @cached_property
    def _blanks(self) -> pa.Array:
        """As many blanks as the largest table has rows."""
        return pa.repeat(pa.scalar(""), int(self.heights.max()))

    def factors(self, name: str) -> np.ndarray:
        """Factor of each row to the contract's unit."""
        return np.repeat([p.table.factors.get(name, 1.0) for p in self.placed], self.heights)

    def per_row(self, values: Sequence[object]) -> np.ndarray:
        """A value for each table, spread over its rows."""
        spread: np.ndarray = np.asarray(values)[self.table_of]
        return spread
