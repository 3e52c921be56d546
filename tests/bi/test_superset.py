"""`make test-bi`: a real Superset reads a release as `docs/bi.md` tells, and follows the next one by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingest.landing.ledger import Arrival, Ledger
from ingest.settings import load_settings
from orchestration.publishing.release.publish import publish
from tests.bi.superset import Superset
from tests.integration.conftest import Workplace


@pytest.fixture(scope="module")
def database(superset: Superset, released: Workplace) -> int:
    """The connection as the recipe tells to make it."""
    path: Path = released.data / "published" / "current" / "warehouse.duckdb"
    return int(
        superset.post(
            "database/",
            {
                "database_name": "education plan",
                "sqlalchemy_uri": f"duckdb:///{path}",
                "expose_in_sqllab": True,
                "extra": json.dumps({"engine_params": {"connect_args": {"read_only": True}}}),
            },
        )["id"]
    )


def test_a_chart_of_a_dataset_shows_the_figures_of_the_release(
    superset: Superset, database: int, released: Workplace
) -> None:
    table = {"database": database, "schema": "metrics", "table_name": "target_progress"}
    dataset = superset.post("dataset/", table)["id"]
    counts = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "metrics"}
    city = {"col": "unit_code", "op": "==", "val": "331000"}
    query = {"columns": ["collection_id", "status_zh"], "metrics": [counts], "filters": [city], "row_limit": 1000}
    body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "json"}
    rows = superset.post("chart/data", body)["result"][0]["data"]
    expected = released.query(
        "select collection_id, status_zh, count(*) as metrics from metrics.target_progress where unit_code = '331000' group by all"
    )
    assert sorted(map(str, rows)) == sorted(map(str, expected.to_dict("records")))
    assert len(rows) > 4


def test_the_next_release_is_read_without_touching_superset(
    superset: Superset, database: int, released: Workplace
) -> None:
    def count() -> int:
        body = {"database_id": database, "sql": "select count(*) as n from metrics.revisions", "runAsync": False}
        return int(superset.post("sqllab/execute/", body)["data"][0]["n"])

    assert count() == 0
    settings = load_settings(released.environment)
    with duckdb.connect(str(settings.warehouse_path)) as db:
        db.execute("update metrics.metric_values set value = value + 1 where value is not null")
    with Ledger(settings.ledger_path) as ledger:
        ledger.add_arrival(Arrival("new.csv", datetime.now(UTC), "new", 1, None, None))
    publish(settings, print)
    assert count() == released.query("select count(*) as n from metrics.revisions").n[0] > 0


def test_superset_cannot_write_into_a_release(superset: Superset, database: int) -> None:
    body = {"database_id": database, "sql": "delete from metrics.metric_values", "runAsync": False}
    with pytest.raises(AssertionError, match=r"(?i)read.only|not allowed|DML"):
        superset.post("sqllab/execute/", body)
