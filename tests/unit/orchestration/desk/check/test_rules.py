"""The models that a check runs are dbt's, and what it adds to them fits."""

from __future__ import annotations

import duckdb

from ingest.contracts.contract import Contract
from orchestration.desk.check.rules import FACTS_OF_SCHOOLS, NO_OUTLIERS, OUTLIERS, ROOTS, _changes, _plan


def test_every_model_that_is_changed_is_one_of_them() -> None:
    names = {node["name"] for node in _plan(ROOTS)}
    assert {*_changes(), OUTLIERS} <= names
    assert "metrics" not in {node["schema"] for node in _plan(ROOTS)}, "what a release alone needs is not computed"


def test_without_a_comparison_the_figures_are_not_computed() -> None:
    fewer = {node["name"] for node in _plan(ROOTS, (OUTLIERS,))}
    assert OUTLIERS in fewer and "metric_figures" not in fewer and {"issues", "documents"} <= fewer
    (outliers,) = [node for node in _plan(ROOTS) if node["name"] == OUTLIERS]
    (told,) = [node for node in _plan(ROOTS) if OUTLIERS in str(node.get("compiled_code")) and node["name"] != OUTLIERS]
    columns = {name for name, *_ in duckdb.sql(NO_OUTLIERS).description}
    assert all(name in outliers["compiled_code"] and name in told["compiled_code"] for name in columns)


def test_a_release_shows_for_every_form_about_schools_who_sent_it(contracts: dict[str, Contract]) -> None:
    assert set(FACTS_OF_SCHOOLS) == {form for form, contract in contracts.items() if contract.covers}
