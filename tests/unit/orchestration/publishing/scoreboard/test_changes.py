"""What changed: in which order it is told, and which documents and cells it is put down to."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from orchestration.publishing.scoreboard.changes import KINDS, MOST_ROWS, changes_data, kind_of
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
    none = dict.fromkeys(KINDS, 0)
    assert found["counts"] == {
        CITY: dict.fromkeys(KINDS, 1),
        HUANGYAN: none | {"met": 1, "status": 1},
        JIAOJIANG: none | {"lost": 1},
    }
    assert [(row["old"][0], row["new"][0]) for row in found["rows"]][-2:] == [("40.0%", "—"), ("80.0%", "85.0%")]


def test_a_change_names_document_and_cells(db: duckdb.DuckDBPyConnection) -> None:
    met, lost, status, _ = changes(db)["rows"]
    assert met["cause"][0] == (
        f"2020-09/{HUANGYAN}/进展.xlsx：T01.01“完成数”由 4 改为 5、T01.02“完成数”由 4 改为 5、共 3 处"
    )
    assert lost["cause"][0] == f"2020-09/{JIAOJIANG}/名册.xlsx：教师名册增 3 行、减 1 行、改 0 行"
    assert status["cause"][0].startswith("没有新文件")


@pytest.mark.parametrize(
    ("form", "row_key", "column", "before", "now", "zh", "en"),
    [
        (
            "progress_items", "T01.01", "status", "ongoing", "done",
            "T01.01“进展”由 进行中 改为 已完成", "T01.01, Progress of the task: ongoing → done",
        ),
        (
            "school_connectivity", "3310020001", "wifi_office", "true", None,
            "3310020001“办公场所无线网络覆盖”由 是 改为 —", "3310020001, Wi-Fi covers offices: yes → —",
        ),
        (
            "student_roster", "g", "birth_month", "2010-06-01", "2010-07-01",
            "g“出生日期”由 2010-06-01 改为 2010-07-01", "g, Date of birth: 2010-06-01 → 2010-07-01",
        ),
        (
            "recognitions", "football_school|甲校||331002", "document_no", "1", "2",
            "青少年校园足球特色学校 甲校 331002“认定文号”由 1 改为 2", "football_school 甲校 331002, Number of the document: 1 → 2",
        ),
        ("recognitions", "a|b", "gone", "x", "y", "a|b“gone”由 x 改为 y", "a|b, gone: x → y"),
    ],
)  # fmt: skip
def test_a_cell_is_told_in_the_words_of_its_form(
    db: duckdb.DuckDBPyConnection, form: str, row_key: str, column: str, before: str, now: str | None, zh: str, en: str
) -> None:
    db.execute(
        "create or replace table quality.cell_changes as select 'd2' as document_id, $form as form, $row_key as row_key, "
        "$name as column_name, $before as previous_value, $now::varchar as value",
        {"form": form, "row_key": row_key, "name": column, "before": before, "now": now},
    )
    db.execute("update quality.documents set forms = $form where document_id = 'd2'", {"form": form})
    db.execute("update marts.dim_metric set source_forms = $form where metric_id = 'declared'", {"form": form})
    path = f"2020-09/{HUANGYAN}/进展.xlsx"
    assert changes(db)["rows"][0]["cause"] == (f"{path}：{zh}", f"{path}: {en}")


def test_of_many_documents_the_first_few_are_named(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        "insert into quality.documents select 'e' || n, '2020-09', 'u', n || '.xlsx', 'pay' from range(5) as t (n)"
    )
    db.execute("update metrics.revisions set documents = 'e0;e1;e2;e3;e4' where status = 'met'")
    assert changes(db)["rows"][0]["cause"][0] == "0.xlsx、1.xlsx、2.xlsx、共 5 份文件"


def test_only_changes_of_this_release_are_told(db: duckdb.DuckDBPyConnection) -> None:
    assert [row["metric"] for row in changes(db, "r0")["rows"]] == ["degree"]
    assert changes(db, "r2") == {"counts": {}, "rows": []}


def test_changes_are_counted_whether_or_not_they_are_listed(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        "insert into metrics.revisions select 'r1', 'degree', '2020-09', unit_code, 0.4, 0.5, 'behind', status, null "
        f"from range({MOST_ROWS}) cross join (values ('{HUANGYAN}', 'met'), ('{JIAOJIANG}', 'behind')) as t (unit_code, status)"
    )
    found = changes(db)
    assert {row["kind"] for row in found["rows"]} == {"met"} and len(found["rows"]) == MOST_ROWS
    assert found["counts"][HUANGYAN] == {"met": MOST_ROWS + 1, "lost": 0, "status": 1, "value": 0}
    assert found["counts"][JIAOJIANG] == {"met": 0, "lost": 1, "status": 0, "value": MOST_ROWS}
    assert found["counts"][CITY] == {"met": MOST_ROWS + 1, "lost": 1, "status": 1, "value": MOST_ROWS + 1}


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
