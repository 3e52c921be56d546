"""Compares two tables cell by cell and says in a few lines what differs."""

from __future__ import annotations

import math
from collections import Counter

import pandas as pd

SHOWN = 15


def is_blank(value: object) -> bool:
    return (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or value == ""
        or (isinstance(value, float) and math.isnan(value))
    )


def same(expected: object, actual: object, tolerance: float = 1e-9) -> bool:
    """Equal; numbers up to a tolerance."""
    if is_blank(expected) or is_blank(actual):
        return is_blank(expected) and is_blank(actual)
    if isinstance(expected, str):
        return str(actual) == expected
    return math.isclose(float(expected), float(actual), rel_tol=tolerance, abs_tol=tolerance)  # type: ignore[arg-type]


def differences(
    expected: pd.DataFrame,
    actual: pd.DataFrame,
    key: list[str],
    fields: list[str],
    tolerance: dict[str, float] | None = None,
) -> list[str]:
    """What is missing, too much, doubled or different; empty when the tables agree."""
    rows = {tuple(r[k] for k in key): r for r in actual.to_dict("records")}
    found: list[str] = [f"{len(actual) - len(rows)} rows stand twice"] if len(rows) != len(actual) else []
    wrong: Counter[str] = Counter()
    wanted = {tuple(r[k] for k in key): r for r in expected.to_dict("records")}
    for at, row in wanted.items():
        got = rows.get(at)
        if got is None:
            found.append(f"{at}: missing")
            continue
        for field in fields:
            if not same(row[field], got[field], (tolerance or {}).get(field, 1e-9)):
                wrong[field] += 1
                found.append(f"{at} {field}: expected {row[field]!r}, got {got[field]!r}")
    found += [f"{at}: nobody asked for it" for at in rows if at not in wanted]
    return [f"{len(found)} differences, by field {dict(wrong)}", *found[:SHOWN]] if found else []
