"""What changed: in which order it is told, and which documents and cells it is put down to."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from orchestration.publishing.scoreboard.changes import changes_data, kind_of
from orchestration.publishing.scoreboard.release import read_release
from tests.unit.orchestration.publishing.scoreboard.conftest import CITY, HUANGYAN, JIAOJIANG


def changes(db: duckdb.DuckDBPyConnection, release_id: str = "r1", *, with_schools: bool = True) -> dict[str, Any]:
    return changes_data(db, read_release(db), release_id, with_schools=with_schools)


def test_newly_met_comes_first_then_no_longer_met(db: duckdb.DuckDBPyConnection) -> None:
    found = changes(db)
    assert [(row["kind"], row["area"]) for row in found["rows"]] == [
        ("met", HUANGYAN),
        ("lost", JIAOJIANG),
        ("status", HUANGYAN),
        ("value", CITY),
    ]
    assert found["counts"] == {"met": 1, "lost": 1, "status": 1, "value": 1}
    assert [(row["old"][0], row["new"][0]) for row in found["rows"]][-2:] == [("40.0%", "—"), ("80.0%", "85.0%")]


def test_a_change_names_document_and_cells(db: duckdb.DuckDBPyConnection) -> None:
    met, lost, status, _ = changes(db)["rows"]
    assert met["cause"][0] == (
        f"2020-09/{HUANGYAN}/进展.xlsx：T01.01“完成数”由 4 改为 5、T01.02“完成数”由 4 改为 5、共 3 处"
    )
    assert lost["cause"][0] == f"2020-09/{JIAOJIANG}/名册.xlsx：教师名册增 3 行、减 1 行、改 0 行"
    assert status["cause"][0].startswith("没有新文件")


def test_of_many_documents_the_first_few_are_named(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        "insert into quality.documents select 'e' || n, '2020-09', 'u', n || '.xlsx', 'pay' from range(5) as t (n)"
    )
    db.execute("update metrics.revisions set documents = 'e0;e1;e2;e3;e4' where status = 'met'")
    assert changes(db)["rows"][0]["cause"][0] == "0.xlsx、1.xlsx、2.xlsx、共 5 份文件"


def test_only_changes_of_this_release_are_told(db: duckdb.DuckDBPyConnection) -> None:
    assert [row["metric"] for row in changes(db, "r0")["rows"]] == ["degree"]
    assert changes(db, "r2") == {"counts": {"met": 0, "lost": 0, "status": 0, "value": 0}, "rows": []}


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (None, "met", "met"),
        ("provisional", "met", "met"),
        ("met", "behind", "lost"),
        ("met", None, "lost"),
        ("behind", "on_track", "status"),
        ("met", "met", "value"),
    ],
)
def test_a_change_is_told_by_what_it_means_for_the_target(before: str | None, now: str | None, kind: str) -> None:
    assert kind_of({"previous_status": before, "status": now}) == kind
