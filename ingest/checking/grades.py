"""Years of stages: what a cell does not say of a grade, as far as the collection can tell; the school's type is for SQL to know."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checking.batch import Batch
from ingest.checking.columns import TypedColumn
from ingest.contracts.contract import Column
from ingest.reference import Reference

OUTSIDE = "年份不在该学段之内"


def settle_years(batch: Batch, column: Column, typed: TypedColumn, reference: Reference) -> pa.Array:
    """The year of a stage (int8) at rows whose cell does not name the stage, null elsewhere.

    A year of entry becomes the code of the stage that it names, by the collection's school year; one outside of it is a fault.
    """
    years = np.zeros(batch.height, np.int64)
    school_years = batch.per_row([placed.collection.school_year for placed in batch.placed])
    stages = reference.stages(str(column.codes))
    for note, rows in typed.notes.items():
        kind, _, said = note.partition(":")
        typed.is_blank &= ~rows
        if kind == "label":
            years[rows] = int(said)
            continue
        stage, _, entered = said.partition(":")
        reached = school_years - int(entered) + 1
        if not stage:
            years[rows] = np.clip(reached[rows], -1, 99)
            _set_fault(typed, rows & (reached < 1))
            continue
        codes = stages[stage]
        inside = rows & (reached >= 1) & (reached <= len(codes))
        chosen = pa.array(codes, pa.string()).take(pa.array(np.where(inside, reached - 1, 0)))
        typed.values = pc.if_else(pa.array(inside), chosen, typed.values)
        _set_fault(typed, rows & ~inside)
    return pa.array(years, pa.int8(), mask=years < 1)


def _set_fault(typed: TypedColumn, rows: np.ndarray) -> None:
    if rows.any():
        typed.faults["row.rule"] = typed.faults.get("row.rule", np.zeros(len(rows), bool)) | rows
