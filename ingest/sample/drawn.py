"""Forms that have no recipe of their own: values are drawn from what their contract allows, so that a new form is one YAML."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd

from ingest.contracts.contract import Column, Contract
from ingest.reference import Collection
from ingest.sample.catalogue import Catalogue, stream
from ingest.sample.returns import open_schools, yes_no

COUNT_MAX = 1000
"""Where a contract sets a figure no upper limit."""
FIGURES_ABOVE = 1.0
DAYS_BACK = 365
UNIT_ROWS = 1
Draw = Callable[[Catalogue, Column, np.random.Generator, int, Collection], "pd.Series | np.ndarray"]


def drawn(cat: Catalogue, seed: int, contract: Contract, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of a form for the whole city: one a school where the form is about schools, else one a unit.

    ValueError for a column that must follow a pattern that is not a school's number: it wants a recipe.
    """
    rows = _keys(cat, contract, schools, year)
    collection = cat.collections[year]
    for column in contract.columns:
        if column.name in rows:
            continue
        rng = stream(seed, contract.form, column.name, year)
        rows[column.name] = DRAWS[column.type](cat, column, rng, len(rows), collection)
    return _within_limits(contract, rows)


def _keys(cat: Catalogue, contract: Contract, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    if contract.replacement_scope == "unit":
        return pd.DataFrame({"unit_code": np.repeat(cat.suppliers(contract.form), UNIT_ROWS)})
    reporting = open_schools(cat, schools, year, contract.covers or tuple(set(cat.group("school_type").values())))
    return reporting[["unit_code", "school_id"]].reset_index(drop=True)


def _code(cat: Catalogue, column: Column, rng: np.random.Generator, rows: int, collection: Collection) -> np.ndarray:
    return rng.choice([code.code for code in cat.codes(str(column.codes))], rows)


def _yes_no(cat: Catalogue, column: Column, rng: np.random.Generator, rows: int, collection: Collection) -> pd.Series:
    return yes_no(rng.random(rows) < 0.5, np.ones(rows, bool))


def _figure(cat: Catalogue, column: Column, rng: np.random.Generator, rows: int, collection: Collection) -> np.ndarray:
    if column.equals:
        return np.full(rows, float(getattr(collection, column.equals)))
    least = column.minimum if column.minimum is not None else 0.0
    low, high = column.plausible or (least, column.maximum or least + COUNT_MAX)
    if column.above is not None:
        low = max(low, column.above + FIGURES_ABOVE)
    return np.round(rng.uniform(low, high, rows), 0 if column.type == "int" else 2)


def _day(cat: Catalogue, column: Column, rng: np.random.Generator, rows: int, collection: Collection) -> np.ndarray:
    days = rng.integers(0, DAYS_BACK, rows)
    return np.array([collection.reference_date - timedelta(days=int(back)) for back in days], dtype=object)


def _text(cat: Catalogue, column: Column, rng: np.random.Generator, rows: int, collection: Collection) -> np.ndarray:
    if column.pattern:
        raise ValueError(f"column {column.name} follows a pattern: the sample needs a recipe for the form")
    return np.array([f"{column.heading_zh}{number}" for number in range(1, rows + 1)], dtype=object)


DRAWS: dict[str, Draw] = {
    "code": _code,
    "bool": _yes_no,
    "int": _figure,
    "number": _figure,
    "date": _day,
    "text": _text,
}


def _within_limits(contract: Contract, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows where no figure is above, or below, the other that a rule of the row holds it against."""
    for rule in contract.row_rules:
        if rule.rule in ("at_most", "at_least") and rule.column in rows and rule.limit in rows:
            bound = np.minimum if rule.rule == "at_most" else np.maximum
            rows[rule.column] = bound(rows[rule.column], rows[rule.limit])
    return rows
