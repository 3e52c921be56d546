"""Sums that the rules of the open data say are one figure are one figure in a golden city: what is tied is protected together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import duckdb
import pytest

from orchestration.publishing.open_data.inner_cells import read_families
from orchestration.publishing.open_data.linked_tables import LinkedTables
from orchestration.publishing.open_data.metric_cells import read_metrics
from orchestration.publishing.open_data.protection import collection_system
from orchestration.publishing.open_data.rules import load_rules
from tests.golden.conftest import World

MUNICIPAL = "331000"
CLEAN = "clean"  # elsewhere counts of the same persons in two forms may differ, as sent


def test_every_link_between_tables_ties_and_no_half_of_a_metric_differs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tied: Counter[bool] = Counter()
    link = LinkedTables.link

    def counted(linked: LinkedTables, left: Iterable[int], right: Iterable[int]) -> bool:
        is_tied = link(linked, left, right)
        tied[is_tied] += 1
        return is_tied

    rules, collections = load_rules(), [each["collection_id"] for each in world.oracle.seeds.collections]
    with duckdb.connect(str(world.release / "warehouse.duckdb"), read_only=True) as db:
        families, metrics = read_families(db, rules), read_metrics(db)
    for collection in collections:
        of_it = [row for row in metrics if row["collection_id"] == collection]
        collection_system(rules, families, of_it, collection, MUNICIPAL)  # an error where a half of a metric differs
    monkeypatch.setattr(LinkedTables, "link", counted)
    for collection in collections:
        collection_system(rules, families, [], collection, MUNICIPAL)
    assert tied[True] > 100
    assert tied[False] == 0 or (world.messiness != CLEAN and tied[True] > 100 * tied[False])
