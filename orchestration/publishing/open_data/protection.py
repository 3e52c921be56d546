"""The systems of all collections of a release, and which of their cells must not be shown."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from orchestration.publishing.open_data.inner_cells import Atom, Family, add_family, add_link, add_table, read_families
from orchestration.publishing.open_data.linked_tables import Key, LinkedTables
from orchestration.publishing.open_data.metric_cells import MetricRow, add_metrics, read_metrics
from orchestration.publishing.open_data.rules import Rules
from orchestration.publishing.open_data.suppression import suppress


@dataclass(frozen=True)
class Protection:
    """What was read, and the suppressed keys of each collection."""

    families: dict[str, Family]
    metrics: list[MetricRow]
    atoms: dict[str, dict[str, list[Atom]]]
    suppressed: dict[str, set[Key]]


def protect(
    db: duckdb.DuckDBPyConnection, rules: Rules, collections: list[str], municipal: str, complementary: bool = True
) -> Protection:
    """Judges every collection by itself: nothing adds up across collections. `municipal` is the unit without rows in metrics."""
    families = read_families(db, rules)
    metrics = read_metrics(db)
    atoms: dict[str, dict[str, list[Atom]]] = {}
    suppressed: dict[str, set[Key]] = {}
    for collection in collections:
        rows = [row for row in metrics if row["collection_id"] == collection]
        linked, atoms[collection] = collection_system(rules, families, rows, collection, municipal)
        suppressed[collection] = suppress(linked, complementary)
    return Protection(families, metrics, atoms, suppressed)


def collection_system(
    rules: Rules, families: dict[str, Family], metrics: list[MetricRow], collection: str, municipal: str
) -> tuple[LinkedTables, dict[str, list[Atom]]]:
    """The linked tables of one collection with the cells of tables and metrics; `metrics` are its rows. Also the atoms by family."""
    linked = LinkedTables()
    atoms = {name: add_family(linked, family, collection) for name, family in families.items()}
    for name, table in rules.tables.items():
        add_table(linked, rules, name, families[table.family], atoms[table.family])
    for link in rules.links:
        add_link(linked, atoms, link)
    add_metrics(linked, rules, metrics, atoms, municipal)
    return linked, atoms
