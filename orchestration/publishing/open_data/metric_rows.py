"""Metric values and progress as they may be shown: a value only where both its halves are, nothing that follows from a hidden one."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from orchestration.publishing.open_data.metric_cells import MetricRow, treatment
from orchestration.publishing.open_data.protection import Protection
from orchestration.publishing.open_data.resources import (
    NO_DATA,
    NOT_APPLICABLE,
    Column,
    Resource,
    Shown,
    Value,
    flat,
    plain_columns,
    shown,
    status_keys,
    value_columns,
)
from orchestration.publishing.open_data.rules import TOTAL, Rules
from orchestration.publishing.open_data.table_rows import KEY_COLUMNS, KEYS_ABROAD, key_columns

VALUES = ("numerator", "denominator", "value")
PROGRESS = ("baseline_value", "progress", "gap", "gap_count", "required_per_year", "projected_value")
DECIMALS = 6
RowKey = tuple[str, str, str]  # metric, collection, unit
Hidden = tuple[bool, bool, bool]  # numerator, denominator, value
ALL: Hidden = (True, True, True)
NOTHING: Hidden = (False, False, False)


@dataclass(frozen=True)
class Judgement:
    """What is hidden of every row, by key."""

    halves: dict[RowKey, Hidden]

    def hides_value(self, key: RowKey) -> bool:
        """Whether the value of a row is hidden; of one that is not known, it is not."""
        return self.halves.get(key, NOTHING)[2]


def judge(
    db: duckdb.DuckDBPyConnection,
    rules: Rules,
    protection: Protection,
    pay: dict[tuple[str, str, str], tuple[float, Shown]],
) -> Judgement:
    """Hides rows by the way their metric is protected, and then whatever is made of hidden rows."""
    behind = _behind(db, rules)
    halves = {_key(row): _halves(rules, row, protection, pay, behind) for row in protection.metrics}
    _hide_least_of_units(protection.metrics, halves)
    judgement = Judgement(halves)
    for row in protection.metrics:
        metric, collection, unit = _key(row)
        parts = rules.metrics.made_of.get(metric, [])
        if any(judgement.hides_value((part, collection, unit)) for part in parts):
            halves[_key(row)] = ALL
    _hide_made_of_tier(rules, protection.metrics, judgement)
    return judgement


def _key(row: MetricRow) -> RowKey:
    return row["metric_id"], row["collection_id"], row["unit_code"]


def _behind(db: duckdb.DuckDBPyConnection, rules: Rules) -> set[tuple[str, str]]:
    """(collection, unit) with enough pupils, teachers and schools behind both halves of its figures per pupil."""
    limits = rules.thresholds
    found = db.sql(rules.metrics.per_pupil.behind).fetchall()
    return {
        (collection, unit)
        for collection, unit, schools, heads in found
        if schools >= limits.contributors and heads >= limits.heads
    }


def _halves(
    rules: Rules,
    row: MetricRow,
    protection: Protection,
    pay: dict[tuple[str, str, str], tuple[float, Shown]],
    behind: set[tuple[str, str]],
) -> Hidden:
    metric, collection, unit = _key(row)
    how = treatment(rules, row)
    if how == "counts":
        suppressed = protection.suppressed[collection]
        numerator, denominator = ((metric, unit, half) in suppressed for half in ("numerator", "denominator"))
        return numerator, denominator, numerator or denominator
    if how == "pay":
        items = rules.metrics.pay[metric]
        numerator, denominator = (
            (collection, unit, item) in pay and pay[collection, unit, item][1].value is None
            for item in (items.numerator, items.denominator)
        )
        return numerator, denominator, numerator or denominator
    if how == "per_pupil":
        return NOTHING if (collection, unit) in behind else ALL
    return ALL if how == "closed" else NOTHING


def _hide_least_of_units(rows: list[MetricRow], halves: dict[RowKey, Hidden]) -> None:
    """A city's value that is the least of its units' could be the hidden one."""
    hidden = {key[:2] for key, (_, _, value) in halves.items() if value and key[2] != TOTAL}
    for row in rows:
        if row["city_rule"] == "min_over_counties" and row["unit_code"] == TOTAL and _key(row)[:2] in hidden:
            halves[_key(row)] = ALL


def _hide_made_of_tier(rules: Rules, rows: list[MetricRow], judgement: Judgement) -> None:
    """A share of targets met tells the hidden statuses where all of them are met, or none."""
    baseline = _baseline(rows)
    for metric, tier in rules.metrics.made_of_tier.items():
        met: dict[str, set[bool]] = {}
        for row in rows:
            of_tier = row["tier"] == tier and row["unit_code"] == TOTAL
            if of_tier and _hides_progress(baseline, judgement, row):
                met.setdefault(row["collection_id"], set()).add(row["progress"] == "met")
        for row in rows:
            if row["metric_id"] == metric and len(met.get(row["collection_id"], ())) == 1:
                judgement.halves[_key(row)] = ALL


def _baseline(rows: list[MetricRow]) -> str | None:
    """The baseline collection, told by its status."""
    return next((row["collection_id"] for row in rows if row["progress"] == "baseline"), None)


def _hides_progress(baseline: str | None, judgement: Judgement, row: MetricRow) -> bool:
    """Status and gap follow from the value, and for some comparators from the baseline value."""
    metric, collection, unit = _key(row)
    return judgement.hides_value((metric, collection, unit)) or (
        baseline is not None and judgement.hides_value((metric, baseline, unit))
    )


def metric_values_resource(rules: Rules, rows: list[MetricRow], judgement: Judgement) -> Resource:
    """The values, with numerator and denominator where they may be seen; a row a metric, collection and unit."""
    names = (*VALUES, "units_reported", "units_expected", "data_status")
    found = []
    for row in rows:
        states = [
            shown(_rounded(rules, row, row[name]), hidden, _missing(row), row["data_status"] == "provisional")
            for name, hidden in zip(VALUES, judgement.halves[_key(row)], strict=True)
        ]
        found.append((*_key(row), *flat(states), *(row[name] for name in names[3:])))
    return Resource(
        "metric_values",
        ("指标值", "Values of the metrics"),
        [*_metric_key(rules), *value_columns(rules, VALUES), *plain_columns(rules, names[3:])],
        found,
        ("metric_id", *KEY_COLUMNS),
        [("metric_id", "metrics", "metric_id"), *KEYS_ABROAD, *status_keys(VALUES)],
    )


def target_progress_resource(rules: Rules, rows: list[MetricRow], judgement: Judgement) -> Resource:
    """Targets and how far off they are; a row a metric, collection and unit. What would tell a hidden value is hidden too."""
    baseline = _baseline(rows)
    plain_names = ("comparator", "target_value", "target_upper", "due_on")
    earlier_hidden = _earlier_hidden(rows, judgement)
    found = []
    for row in rows:
        metric, _, unit = _key(row)
        follows = _hides_progress(baseline, judgement, row)
        hidden = {
            "baseline_value": baseline is not None and judgement.hides_value((metric, baseline, unit)),
            "projected_value": follows or _key(row) in earlier_hidden,
        }
        states = [
            shown(_progress_figure(rules, row, name), hidden.get(name, follows), _missing(row)) for name in PROGRESS
        ]
        found.append((*_key(row), *(row[name] for name in plain_names), *flat(states)))
    return Resource(
        "target_progress",
        ("目标进展", "Progress towards the targets"),
        [*_metric_key(rules), *plain_columns(rules, plain_names), *value_columns(rules, PROGRESS)],
        found,
        ("metric_id", *KEY_COLUMNS),
        [("metric_id", "metrics", "metric_id"), *KEYS_ABROAD, *status_keys(PROGRESS)],
    )


def _metric_key(rules: Rules) -> list[Column]:
    return [*plain_columns(rules, ["metric_id"], required=["metric_id"]), *key_columns(rules)]


def _earlier_hidden(rows: list[MetricRow], judgement: Judgement) -> set[RowKey]:
    """Rows with a hidden value in their collection or an earlier one: a projection is a line through all of them."""
    first: dict[tuple[str, str], str] = {}
    for metric, collection, unit in sorted(_key(row) for row in rows):
        if judgement.hides_value((metric, collection, unit)):
            first[metric, unit] = min(collection, first.get((metric, unit), collection))
    keys = [_key(row) for row in rows]
    return {key for key in keys if (key[0], key[2]) in first and key[1] >= first[key[0], key[2]]}


def _missing(row: MetricRow) -> str:
    return NO_DATA if row["data_status"] == "no_data" else NOT_APPLICABLE


def _is_per_pupil(rules: Rules, row: MetricRow) -> bool:
    return treatment(rules, row) in ("per_pupil", "made_of")


def _rounded(rules: Rules, row: MetricRow, value: float | None) -> float | None:
    """Figures per pupil to few digits: a quotient of small numbers written out tells both of them."""
    if value is None:
        return None
    if _is_per_pupil(rules, row):
        return float(f"{value:.{rules.metrics.per_pupil.digits}g}")
    return round(value, DECIMALS)


def _progress_figure(rules: Rules, row: MetricRow, name: str) -> Value:
    """As coarse as the value it follows from: a gap written out would tell the value's digits."""
    value: Value = row[name]
    if not isinstance(value, float):
        return value
    decimals = rules.metrics.per_pupil.digits - 1 if _is_per_pupil(rules, row) else DECIMALS
    return round(value, decimals)
