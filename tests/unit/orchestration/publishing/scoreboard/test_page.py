"""The pages of a release: figures in words, gaps in people and schools, reasons, escaping, and what a page without schools leaves out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publishing.scoreboard import write_scoreboard
from orchestration.publishing.scoreboard.figures import Measure
from orchestration.publishing.scoreboard.page import UNSAFE_IN_SCRIPTS
from tests.pages import contents, elements, page_of, strings
from tests.unit.orchestration.publishing.scoreboard.conftest import CITY, HOSTILE, HUANGYAN, JIAOJIANG, MADE_AT, TODAY

PAGES = ("index", "balance", "brief")


@pytest.fixture
def folder(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    written = write_scoreboard(db, tmp_path / "pages", "r1", MADE_AT, TODAY)
    assert [path.name for path in written] == ["index.html", "brief.html", "balance.html"]
    return tmp_path / "pages"


def data_of(page: Path) -> dict[str, Any]:
    """What the page's script reads."""
    (text,) = strings(page_of(page.read_text()), "//script[@id='data']/text()")
    data: dict[str, Any] = json.loads(text)
    return data


def row_of(data: dict[str, Any], collection: str, unit: str, metric: str) -> dict[str, Any]:
    return dict(zip(data["columns"], data["rows"][collection][unit][metric], strict=True))


def reasons_of(data: dict[str, Any], *key: str) -> list[str]:
    return [data["reasons"][index][0] for index in row_of(data, *key)["reasons"]]


@pytest.mark.parametrize(
    ("kind", "unit", "value", "target", "text"),
    [
        ("share", "pupils", 0.9861, None, "98.6%"),
        ("share", "pupils", 1.0, 1.0, "100.0%"),
        ("share", "pupils", 0.99971, 1.0, "99.97%"),
        ("ratio", "pay", 0.98331, 1.0, "0.98"),
        ("ratio", "pay", 0.9999, 1.0, "0.9999"),
        ("count", "schools", 1234.0, None, "1,234"),
        ("sum", "万元", 37.25, None, "37.2"),
        ("index", "rural to urban", 2.0379, None, "2.04"),
        ("milestone", "yes/no", 1.0, None, "已完成"),
        ("share", "pupils", None, None, "—"),
    ],
)
def test_a_value_is_written_by_its_kind_and_never_looks_like_a_target_it_misses(
    kind: str, unit: str, value: float | None, target: float | None, text: str
) -> None:
    assert Measure(kind, unit).value(value, target)[0] == text


def test_a_county_that_is_counted_is_yes_or_no() -> None:
    assert Measure("count", "counties", of_a_unit=True).value(1.0) == ("是", "yes")
    assert Measure("count", "counties", of_a_unit=True).value(0.0) == ("否", "no")
    assert Measure("count", "counties").value(7.0) == ("7", "7")


@pytest.mark.parametrize(
    ("kind", "unit", "gap", "gap_count", "zh", "en"),
    [
        ("share", "teachers", 0.05, 324.0, "324 名教师", "teachers: 324"),
        ("share", "pupils", 0.05, 1200.0, "1,200 名学生", "pupils: 1,200"),
        ("share", "schools", 0.05, 8.0, "8 所学校", "schools: 8"),
        ("share", "share", 0.051, 8.0, "5.1 个百分点", "5.1 points"),
        ("share", "share", 0.00047, 1.0, "0.047 个百分点", "0.047 points"),
        ("count", "projects", 3.0, 3.0, "3 个项目", "projects: 3"),
        ("ratio", "pay", 0.02, None, "0.02 倍", "0.02 times"),
        ("milestone", "yes/no", 1.0, None, "尚未完成", "not done yet"),
        ("share", "schools", 0.0, 0.0, "无", "none"),
        ("share", "schools", None, None, "—", "—"),
        ("count", "boats", 2.0, 2.0, "2 boats", "2 boats"),
    ],
)
def test_a_gap_names_what_is_missing(
    kind: str, unit: str, gap: float | None, gap_count: float | None, zh: str, en: str
) -> None:
    assert Measure(kind, unit).gap(gap, gap_count) == (zh, en)


@pytest.mark.parametrize(
    ("kind", "comparator", "target", "upper", "baseline", "text"),
    [
        ("share", ">=", 0.972, None, None, "不低于 97.2%"),
        ("share", ">=", 1 / 3, None, None, "不低于 33.3%"),
        ("sum", "approx", 45000.0, None, None, "45,000 左右"),
        ("share", "between", 0.2, 0.3, None, "介于 20%–30%"),
        ("count", ">=", 1.0, 2.0, None, "不低于 1（上限 2）"),
        ("ratio", "baseline_down", None, None, 16.284, "低于基期 16.28"),
        ("ratio", "baseline_up", None, None, None, "高于基期"),
        ("share", "none", None, None, None, "无目标值"),
        ("share", ">=", None, None, None, "无单位目标"),
        ("milestone", ">=", 1.0, None, None, "完成"),
    ],
)
def test_a_target_says_how_it_compares(
    kind: str, comparator: str, target: float | None, upper: float | None, baseline: float | None, text: str
) -> None:
    assert Measure(kind, "schools").target(comparator, target, upper, baseline)[0] == text


def test_what_is_required_a_year_ends_with_the_due_date() -> None:
    share = Measure("share", "teachers")
    assert share.per_year(0.025, 0.05)[0] == "2.5 个百分点/年"
    assert Measure("count", "projects").per_year(1.5, 3.0)[0] == "1.5 个项目/年"
    assert share.per_year(None, 0.05)[0] == "期限已过"
    assert share.per_year(0.0, 0.0)[0] == "无"
    assert share.per_year(None, None)[0] == "—"


def test_a_row_holds_its_figures_as_they_are_shown(folder: Path) -> None:
    data = data_of(folder / "index.html")
    row = row_of(data, "2020-09", CITY, "degree")
    shown = {"value": "85.0%", "target": ["不低于 95%", "at least 95%"], "gap": ["10 名教师", "teachers: 10"]}
    assert {name: row[name] for name in shown} == shown
    assert row["points"] == ["10.0 个百分点", "10.0 points"]
    assert row["projected"] == "90.0%"
    assert (row["units"], row["schools"]) == ([2, 3], [8, 9])
    assert row_of(data, "2020-09", JIAOJIANG, "degree")["rank"] == [1, 4]
    assert row["rank"] is None
    assert (row["status"], row["if_final"], row["projected_status"], row["queries"]) == (
        "provisional",
        "met",
        "behind",
        2,
    )


def test_questions_that_wait_are_told_by_kind_with_the_first_of_each(folder: Path) -> None:
    data = data_of(folder / "index.html")
    (question,) = data["questions"]["2020-09"][JIAOJIANG]
    assert (question["form"], question["column"], question["count"]) == ("teacher_roster", "degree", 2)
    assert question["text"].startswith("第 4 行")


def test_what_ends_with_the_year_is_not_past_due(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    def required(due_on: str) -> str:
        db.execute("update metrics.target_progress set required_per_year = null")
        db.execute(f"update metrics.scoreboard set due_on = date '{due_on}'")
        write_scoreboard(db, tmp_path, "r1", MADE_AT, TODAY)
        return str(row_of(data_of(tmp_path / "index.html"), "2020-09", CITY, "degree")["per_year"][0])

    assert required("2020-12-31") == "本学年末到期"
    assert required("2019-12-31") == "期限已过"


def test_the_latest_collection_is_the_last_with_a_value(folder: Path) -> None:
    assert data_of(folder / "index.html")["latest"] == "2020-09"


def test_a_provisional_value_says_which_units_and_schools_are_missing(folder: Path) -> None:
    data = data_of(folder / "index.html")
    assert reasons_of(data, "2020-09", CITY, "degree") == [
        "黄岩区：教师名册（逾期）没有可用数据",
        "已报学校 8/9，缺 1 所：椒江区 1 所",
    ]
    assert reasons_of(data, "2020-09", CITY, "declared") == ["椒江区：重点任务进展表未列本项"]
    assert reasons_of(data, "2020-09", HUANGYAN, "declared") == []


def test_what_units_owe_is_listed_with_the_metrics_that_wait(folder: Path) -> None:
    waiting = {each["unit"]: each for each in data_of(folder / "index.html")["waiting"]["2020-09"]}
    assert waiting[HUANGYAN]["forms"] == [["教师名册（逾期）", "Teacher roster (overdue)"]]
    assert waiting[HUANGYAN]["metrics"] == ["degree"]
    assert waiting[JIAOJIANG]["schools"] == [["教师名册 1 所", "Teacher roster 1"]]
    assert waiting[JIAOJIANG]["metrics"] == ["declared"]


def test_a_failing_coefficient_names_the_schools_behind_it(folder: Path) -> None:
    (row,) = data_of(folder / "balance.html")["rows"]
    assert (row["cv"], row["cv_limit"], row["is_within"]) == ("0.95", "0.45", False)
    weighted = {"3310020001": 100 * 6.0**2, "乙校": 200 * 1.9**2, "丙校": 100 * 2.2**2}
    total = sum(weighted.values())
    assert [cause["share"] for cause in row["causes"]] == [f"{part / total:.1%}" for part in weighted.values()]
    assert [cause["school"] for cause in row["causes"]] == [HOSTILE, "乙校", "丙校"]
    assert [cause["side"][0] for cause in row["causes"]] == ["高于均值", "低于均值", "低于均值"]
    assert row["below"] == [["乙校", "2.10"]]
    assert row["far_below"] == [["丁校", "—"], ["丙校", "1.80"]]


def test_a_coefficient_within_its_limit_has_no_causes(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    db.execute("update metrics.balance_indicators set cv = 0.45")
    write_scoreboard(db, tmp_path, "r1", MADE_AT, TODAY)
    (row,) = data_of(tmp_path / "balance.html")["rows"]
    assert row["is_within"] and row["causes"] == []
    db.execute("update metrics.balance_indicators set cv = 0.4501")
    write_scoreboard(db, tmp_path, "r1", MADE_AT, TODAY)
    (row,) = data_of(tmp_path / "balance.html")["rows"]
    assert not row["is_within"] and row["cv"] == "0.4501"


def test_names_from_documents_cannot_become_markup(folder: Path) -> None:
    for name in PAGES:
        text = (folder / f"{name}.html").read_text()
        scripts = elements(page_of(text), "//script")
        assert HOSTILE not in text
        assert text.count("</script>") == len(scripts)
    assert data_of(folder / "index.html")["metrics"][0]["quote"] == "规划里的话 </script>"


def test_a_library_cannot_end_its_script_element() -> None:
    assert UNSAFE_IN_SCRIPTS.sub("!", "a<!--b<script>c</SCRIPT>d<e") == "a!!--b!script>c!/SCRIPT>d<e"


def test_a_page_refers_to_nothing_outside_itself(folder: Path) -> None:
    for name in PAGES:
        page = page_of((folder / f"{name}.html").read_text())
        references = set(strings(page, "//@src | //@href | //@action | //@srcset"))
        assert references <= {"#main", "data:,", "?lang=en", "?lang=zh", *(f"{each}.html" for each in PAGES)}
        assert not re.search(r"url\(|@import", "".join(strings(page, "//style/text()")))
        (policy,) = strings(page, "//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "script-src 'unsafe-inline'" not in policy


def test_the_page_says_at_its_end_which_release_it_shows_in_local_time(folder: Path) -> None:
    (about,) = contents(page_of((folder / "index.html").read_text()), "//footer")
    assert "r1" in about and "2023-04-01 02:30" in about


def test_without_schools_no_page_has_one(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    written = write_scoreboard(db, tmp_path, "r1", MADE_AT, TODAY, with_schools=False)
    assert sorted(written) == sorted(tmp_path.iterdir()) == [tmp_path / "brief.html", tmp_path / "index.html"]
    data = data_of(tmp_path / "index.html")
    assert data["questions"] == {} and {row["cause"] for row in data["changes"]["rows"]} == {None}
    for path in written:
        text = path.read_text()
        for (part,) in db.sql("select unnest([school_id, school_name]) from marts.dim_school").fetchall():
            assert json.dumps(part, ensure_ascii=False).strip('"').replace("<", "\\u003c") not in text
        assert "balance.html" not in text


def test_a_change_on_the_year_before_has_its_sign_and_its_direction(folder: Path) -> None:
    row = row_of(data_of(folder / "index.html"), "2020-09", CITY, "degree")
    assert (row["change"], row["is_better"]) == (["+5.0 个百分点", "+5.0 points"], True)
    assert row["relative_gap"] == pytest.approx(0.1052632)


@pytest.mark.parametrize(
    ("kind", "unit", "change", "text"),
    [
        ("share", "pupils", -0.012, "−1.2 个百分点"),
        ("count", "schools", 31.0, "+31 所"),
        ("ratio", "pay", 0.0, "持平"),
        ("milestone", "yes/no", 1.0, "新完成"),
        ("milestone", "yes/no", -1.0, "不再达到"),
    ],
)
def test_a_change_is_written_with_its_sign(kind: str, unit: str, change: float, text: str) -> None:
    written = Measure(kind, unit).change(change)
    assert written is not None and written[0] == text


def test_what_has_nothing_before_it_has_no_change() -> None:
    assert Measure("share", "pupils").change(None) is None


def test_a_provisional_value_says_in_a_few_words_who_is_waited_for(folder: Path) -> None:
    data = data_of(folder / "index.html")

    def waits_for(*key: str) -> str:
        return str(data["reasons"][row_of(data, "2020-09", *key)["waits_for"]][0])

    assert waits_for(CITY, "degree") == "待黄岩区报齐"
    assert waits_for(JIAOJIANG, "degree") == "待 1 所学校报齐"
    assert row_of(data, "2020-09", HUANGYAN, "declared")["waits_for"] is None


def test_a_metric_without_a_target_for_counties_is_only_watched_there(folder: Path) -> None:
    data = data_of(folder / "index.html")
    assert row_of(data, "2020-09", CITY, "declared")["has_target"]
    assert not row_of(data, "2020-09", HUANGYAN, "declared")["has_target"]


def test_the_brief_holds_of_the_latest_year_what_it_shows(folder: Path) -> None:
    index, brief = data_of(folder / "index.html"), data_of(folder / "brief.html")
    assert brief["told"] == {"2020-09": index["told"]["2020-09"]}
    assert {row["kind"] for row in brief["changes"]["rows"]} == {"met", "lost"}
    assert {metric["id"] for metric in brief["metrics"]} == {"declared", "degree"}
    assert {each["unit"]: each["metrics"] for each in brief["waiting"]} == {JIAOJIANG: 1, HUANGYAN: 1}
