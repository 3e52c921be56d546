"""Numerators and denominators of metrics as cells of the linked tables, and what is known about each row.

A share is two atoms a unit, what counts and the rest; the city is the sum of the units and of the municipal unit's own, which has no row
and is protected all the same. Where the rules say what a half is a sum of, it is tied to that sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from ingest.errors import ReleaseError
from ingest.values.wording import figure
from orchestration.publishing.open_data.inner_cells import Atom, cell_weight, chosen
from orchestration.publishing.open_data.linked_tables import LinkedTables, count_protection
from orchestration.publishing.open_data.rules import TOTAL, MetricHalves, Rules

Treatment = Literal["open", "counts", "pay", "per_pupil", "made_of", "made_of_tier", "closed"]
SUMMED_RULES = {"pooled", "sum", "count", "municipal"}
MetricRow = dict[str, Any]
METRICS = """
select
    v.metric_id, v.collection_id, if(u.kind = 'municipal', '_T', v.unit_code) as unit_code, v.numerator, v.denominator, v.value,
    v.units_reported, v.units_expected, v.data_status, m.value_kind, m.unit, m.city_rule, m.reported_by, m.source_forms, m.tier,
    p.baseline_value, p.target_value, p.target_upper, p.comparator, p.status as progress, p.gap, p.gap_count, p.required_per_year,
    p.projected_value, p.due_on
from metrics.metric_values as v
inner join marts.dim_metric as m using (metric_id)
inner join metrics.target_progress as p using (metric_id, collection_id, unit_code)
left join marts.dim_unit as u on v.unit_code = u.unit_code
order by v.metric_id, v.collection_id, unit_code
"""


@dataclass(frozen=True)
class Halves:
    """Atoms of a metric's row: the numerator, and what the denominator has besides (`nested`) or is."""

    numerator: int
    other: int | None
    nested: bool

    def denominator(self) -> list[int]:
        """The atoms that the denominator is the sum of; none where there is no denominator."""
        if self.other is None:
            return []
        return [self.numerator, self.other] if self.nested else [self.other]


def read_metrics(db: duckdb.DuckDBPyConnection) -> list[MetricRow]:
    """A row a metric, collection and unit, the city under `_T`, with its progress."""
    rows: list[MetricRow] = db.sql(METRICS).to_arrow_table().to_pylist()
    return rows


def treatment(rules: Rules, row: MetricRow) -> Treatment:
    """How a metric is protected; one of a kind that the rules do not know is not shown."""
    metrics = rules.metrics
    if row["unit"] in metrics.open_units or row["source_forms"] in metrics.open_sources:
        return "made_of_tier" if row["metric_id"] in metrics.made_of_tier else "open"
    if row["metric_id"] in metrics.pay:
        return "pay"
    if row["metric_id"] in metrics.per_pupil.metrics:
        return "per_pupil"
    if row["metric_id"] in metrics.made_of:
        return "made_of"
    if row["city_rule"] in SUMMED_RULES and row["value_kind"] in ("share", "ratio", "count", "sum"):
        return "counts"
    return "closed"


def add_metrics(
    linked: LinkedTables, rules: Rules, rows: list[MetricRow], families: dict[str, list[Atom]], municipal: str
) -> None:
    """Cells of the metrics of one collection under (metric, unit, half); `rows` are those of the collection."""
    by_metric: dict[str, list[MetricRow]] = {}
    for row in rows:
        if treatment(rules, row) == "counts" and row["numerator"] is not None:
            by_metric.setdefault(row["metric_id"], []).append(row)
    all_parts: list[dict[str, Halves]] = []
    for metric_id, own_rows in by_metric.items():
        parts = _add_metric(linked, rules, metric_id, own_rows, municipal)
        all_parts.append(parts)
        if links := rules.metrics.links.get(metric_id):
            _tie_halves(linked, families, links, metric_id, parts, municipal)
    _tie_same_denominators(linked, all_parts)


def _tie_same_denominators(linked: LinkedTables, metrics: list[dict[str, Halves]]) -> None:
    """Metrics with the same denominator in every unit are taken to be about the same schools or persons: a reader would."""
    first: dict[tuple[tuple[str, float], ...], dict[str, Halves]] = {}
    for parts in metrics:
        with_denominator = {unit: halves for unit, halves in parts.items() if halves.denominator()}
        figures = tuple((unit, linked.total(halves.denominator())) for unit, halves in with_denominator.items())
        if figures:
            same = first.setdefault(figures, with_denominator)
            for unit, halves in with_denominator.items():
                linked.link(halves.denominator(), same[unit].denominator())


def _add_metric(
    linked: LinkedTables, rules: Rules, metric_id: str, rows: list[MetricRow], municipal: str
) -> dict[str, Halves]:
    """Cells of one metric; returns the atoms of every unit, the municipal unit's own among them."""
    nested = rows[0]["value_kind"] == "share" and all(0 <= row["numerator"] <= row["denominator"] for row in rows)
    units = [row for row in rows if row["unit_code"] != TOTAL]
    parts = {row["unit_code"]: _halves(linked, row["numerator"], row["denominator"], nested) for row in units}
    for unit, halves in parts.items():
        _add_halves(linked, rules, (metric_id, unit), [halves], shown=True)
    city = next((row for row in rows if row["unit_code"] == TOTAL), None)
    if city is None:
        return parts
    own = _own_figures(city, units, nested)
    if own is None:
        alone = _halves(linked, city["numerator"], city["denominator"], nested)
        _add_halves(linked, rules, (metric_id, TOTAL), [alone], shown=True)
        return parts
    if any(own) or "municipal" in (city["reported_by"] or ""):
        parts[municipal] = _halves(linked, *own, nested)
        _add_halves(linked, rules, (metric_id, municipal), [parts[municipal]], shown=False)
    _add_halves(linked, rules, (metric_id, TOTAL), list(parts.values()), shown=True)
    return parts


def _halves(linked: LinkedTables, numerator: float, denominator: float | None, nested: bool) -> Halves:
    first = linked.add_atom(numerator)
    if denominator is None:
        return Halves(first, None, nested)
    return Halves(first, linked.add_atom(denominator - numerator if nested else denominator), nested)


def _own_figures(city: MetricRow, units: list[MetricRow], nested: bool) -> tuple[float, float | None] | None:
    """What the municipal unit has of the city's figures; None where the city is no sum of the units."""
    numerator = round(city["numerator"] - sum(row["numerator"] for row in units), 6)
    if city["denominator"] is None:
        return (numerator, None) if numerator >= 0 else None
    denominator = round(city["denominator"] - sum(row["denominator"] for row in units), 6)
    if numerator < 0 or denominator < (numerator if nested else 0):
        return None
    return numerator, denominator


def _add_halves(linked: LinkedTables, rules: Rules, row: tuple[str, str], parts: list[Halves], shown: bool) -> None:
    """Cells of one row: what counts, out of what, and the rest of a share, which is never shown."""
    sums = {
        "numerator": [half.numerator for half in parts],
        "denominator": [atom for half in parts for atom in half.denominator()],
        "rest": [half.other for half in parts if half.other is not None and half.nested],
    }
    for half, atoms in sums.items():
        if atoms:
            value = round(linked.total(atoms), 6)
            weight = cell_weight(rules, (row[1],), value)
            linked.add_cell(
                (*row, half), atoms, count_protection(value, rules.thresholds.count), weight, shown and half != "rest"
            )


def _tie_halves(
    linked: LinkedTables,
    families: dict[str, list[Atom]],
    links: MetricHalves,
    metric_id: str,
    parts: dict[str, Halves],
    municipal: str,
) -> None:
    """Ties the halves of a metric to what they are sums of (of nothing: a half is known to be 0).

    Both come from the same facts: ReleaseError where they differ, for then the rule no longer says what the metric counts, and what it
    was to protect would not be. Only what the city has of its own may differ: without a row of its own nobody knows whether it reported.
    """
    for unit, halves in parts.items():
        sums = (
            ("numerator", links.numerator, [halves.numerator]),
            ("denominator", links.denominator, halves.denominator()),
        )
        for half, summed, atoms in sums:
            if summed is None:
                continue
            members = [each.place for each in chosen(families[summed.family], summed.where) if each.unit_code == unit]
            if not linked.link(atoms, members) and unit != municipal:
                raise ReleaseError(
                    f"open_data.yaml, metrics.links.{metric_id}.{half}: for {unit} the metric has {figure(linked.total(atoms))}, the sum "
                    f"over `{summed.family}` is {figure(linked.total(members))}. Mend the rule, or the metric's model; no open data made."
                )
