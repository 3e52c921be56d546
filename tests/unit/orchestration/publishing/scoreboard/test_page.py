"""The pages of a release: figures in words, gaps in people and schools, reasons, escaping, and what a page without schools leaves out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publishing.scoreboard import write_scoreboard
from orchestration.publishing.scoreboard.figures import Measure
from orchestration.publishing.scoreboard.page import UNSAFE_IN_SCRIPTS
from tests.pages import contents, elements, page_of, strings

HOSTILE = "<script>alert(1)</script>"
MADE_AT = datetime(2023, 3, 31, 18, 30, tzinfo=UTC)
CITY, JIAOJIANG, HUANGYAN = "331000", "331002", "331003"
TABLES = f"""
create schema marts; create schema metrics; create schema quality;
create table marts.dim_unit (unit_code varchar, name_zh varchar, name_en varchar, kind varchar);
insert into marts.dim_unit values
    ('{CITY}', '台州市本级', 'Taizhou municipal', 'municipal'), ('{JIAOJIANG}', '椒江区', 'Jiaojiang District', 'county'),
    ('{HUANGYAN}', '黄岩区', 'Huangyan District', 'county');
create table marts.dim_area as
    select
        unit_code, if(kind = 'municipal', '全市', name_zh) as area_zh, if(kind = 'municipal', 'Whole city', name_en) as area_en,
        if(kind = 'municipal', 'city', kind) as area_kind, row_number() over (order by unit_code) as sort_order
    from marts.dim_unit;
create table marts.dim_collection (collection_id varchar, name_zh varchar, as_of_date date, is_baseline boolean);
insert into marts.dim_collection values
    ('2019-09', '2019学年', date '2019-12-31', true), ('2020-09', '2020学年', date '2020-12-31', false),
    ('2021-09', '2021学年', date '2021-12-31', false);
create table marts.dim_metric as select
    metric_id, 'T01.01' as target_id, 'A' as tier, '09' as project_no, '卓越教师队伍建设工程' as project_zh,
    '规划里的话 </script>' as quote_zh, name_zh, 'Name' as name_en, value_kind, '比例' as value_kind_zh, unit,
    'county;municipal' as reported_by, '市教育局、市财政局' as lead_departments, '县政府' as responsible_units,
    method, '由报表计算' as method_zh, source_forms, 'n' as numerator_rule, 'd' as denominator_rule, '合计' as city_rule_zh,
    'pooled' as city_rule, '分子：甲；分母：乙' as definition_zh, 'n; d' as definition_en,
    null::varchar as assumption, date '2022-12-31' as due_on, false as stretch
from (values
    ('degree', '教师学历', 'share', 'teachers', 'computed', 'teacher_roster'),
    ('declared', '自报', 'share', 'share', 'declared', 'progress_items')
) as t (metric_id, name_zh, value_kind, unit, method, source_forms);
create table metrics.metric_values as select * from (values
    ('degree', '2019-09', '{CITY}', 80.0, 100.0, 0.8, 3, 3, 9, 9, 'final'),
    ('degree', '2020-09', '{CITY}', 85.0, 100.0, 0.85, 2, 3, 8, 9, 'provisional'),
    ('degree', '2020-09', '{JIAOJIANG}', 85.0, 100.0, 0.85, 1, 1, 5, 6, 'provisional'),
    ('degree', '2020-09', '{HUANGYAN}', null, null, null, 0, 1, 0, 0, 'no_data'),
    ('declared', '2020-09', '{CITY}', 5.0, 10.0, 0.5, 2, 3, 0, 0, 'provisional'),
    ('declared', '2020-09', '{JIAOJIANG}', null, null, null, 0, 1, 0, 0, 'no_data'),
    ('declared', '2020-09', '{HUANGYAN}', 5.0, 10.0, 0.5, 1, 1, 0, 0, 'final'),
    ('degree', '2021-09', '{CITY}', null, null, null, 0, 3, 0, 0, 'no_data')
) as t (metric_id, collection_id, unit_code, numerator, denominator, value, units_reported, units_expected,
    schools_reported, schools_expected, data_status);
create table metrics.target_progress as select
    metric_id, collection_id, unit_code, 0.8::double as baseline_value, 0.95::double as target_value,
    null::double as target_upper, '>=' as comparator, case data_status when 'final' then 'behind' else data_status end as status,
    (0.95 - value)::double as gap, ceil((0.95 - value) * denominator - 1e-9)::double as gap_count,
    0.05::double as required_per_year, 0.9::double as projected_value
from metrics.metric_values;
create table metrics.scoreboard as select
    *, if(status = 'provisional', 'met', status) as status_if_final, 'behind' as projected_status, date '2022-12-31' as due_on,
    if(unit_code = '{JIAOJIANG}', 1, null) as rank, if(unit_code = '{JIAOJIANG}', 4, null) as ranked_of,
    if(value is null, 0, 2) as open_queries
from metrics.metric_values
inner join (
    select metric_id, collection_id, unit_code, baseline_value, target_value, comparator, status, gap, gap_count, projected_value
    from metrics.target_progress
) using (metric_id, collection_id, unit_code)
inner join (select collection_id, as_of_date from marts.dim_collection) using (collection_id);
create table quality.issues as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, 'teacher_roster' as form, '教师名册' as form_zh, column_name, row_number,
    'i' || row_number as issue_no, check_id, '数值可疑' as check_id_zh, '第 ' || row_number || ' 行：{HOSTILE}' as message_zh,
    severity, false as is_replaced, explanation
from (values
    ('degree', 5, 'cell.implausible', 'query', null), ('degree', 4, 'cell.implausible', 'query', null),
    ('degree', 6, 'cell.implausible', 'query', '属实'), ('degree', 7, 'cell.code', 'error', null),
    ('备用', 3, 'document.unknown_column', 'query', null)
) as t (column_name, row_number, check_id, severity, explanation);
create table quality.return_status as select * from (values
    ('2020-09', '{JIAOJIANG}', 'teacher_roster', '教师名册', 'received', 50, 1),
    ('2020-09', '{HUANGYAN}', 'teacher_roster', '教师名册', 'overdue', 0, 0),
    ('2020-09', '{JIAOJIANG}', 'progress_items', '重点任务进展表', 'accepted', 3, 0)
) as t (collection_id, unit_code, form, form_zh, status, rows_accepted, schools_missing);
create table metrics.balance_readiness as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, 3 as sections, 1 as sections_passing, 13 as coefficients_within,
    false as ready;
create table metrics.balance_indicators as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, 'junior' as stage, '初中' as stage_zh,
    'multimedia_rooms' as indicator, '网络多媒体教室数' as indicator_zh, '间/百名学生' as unit_zh,
    4 as sections, 1 as sections_meeting, 4.0::double as mean_value, 2.4::double as line, 0.95::double as cv, 0.45::double as cv_limit;
create table metrics.balance_sections as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, school_id, 'junior' as stage, 'multimedia_rooms' as indicator,
    pupils, value, 2.4::double as line, value >= 2.4 as is_on_line, value >= 2.04 as is_near_line
from (values
    ('3310020001', 100, 10.0::double), ('3310020002', 200, 2.1), ('3310020003', 100, 1.8), ('3310020004', 50, null)
) as t (school_id, pupils, value);
create table marts.dim_school as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, school_id, school_name
from (values
    ('3310020001', '{HOSTILE}'), ('3310020002', '乙校'), ('3310020003', '丙校'), ('3310020004', '丁校')
) as t (school_id, school_name);
"""


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        yield connection


@pytest.fixture
def folder(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    written = write_scoreboard(db, tmp_path / "pages", "r1", MADE_AT)
    assert [path.name for path in written] == ["index.html", "balance.html"]
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
    assert share.per_year(None, 0.05)[0] == "已过期限"
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
        write_scoreboard(db, tmp_path, "r1", MADE_AT)
        return str(row_of(data_of(tmp_path / "index.html"), "2020-09", CITY, "degree")["per_year"][0])

    assert required("2020-12-31") == "本学年末到期"
    assert required("2019-12-31") == "已过期限"


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
    write_scoreboard(db, tmp_path, "r1", MADE_AT)
    (row,) = data_of(tmp_path / "balance.html")["rows"]
    assert row["is_within"] and row["causes"] == []
    db.execute("update metrics.balance_indicators set cv = 0.4501")
    write_scoreboard(db, tmp_path, "r1", MADE_AT)
    (row,) = data_of(tmp_path / "balance.html")["rows"]
    assert not row["is_within"] and row["cv"] == "0.4501"


def test_names_from_documents_cannot_become_markup(folder: Path) -> None:
    for name in ("index", "balance"):
        text = (folder / f"{name}.html").read_text()
        scripts = elements(page_of(text), "//script")
        assert HOSTILE not in text
        assert text.count("</script>") == len(scripts)
    assert data_of(folder / "index.html")["metrics"][0]["quote"] == "规划里的话 </script>"


def test_a_library_cannot_end_its_script_element() -> None:
    assert UNSAFE_IN_SCRIPTS.sub("!", "a<!--b<script>c</SCRIPT>d<e") == "a!!--b!script>c!/SCRIPT>d<e"


def test_a_page_refers_to_nothing_outside_itself(folder: Path) -> None:
    for name in ("index", "balance"):
        page = page_of((folder / f"{name}.html").read_text())
        references = set(strings(page, "//@src | //@href | //@action | //@srcset"))
        assert references <= {"#main", "data:,", "index.html", "balance.html"}
        (style,) = strings(page, "//style/text()")
        assert not re.search(r"url\(|@import", style)
        (policy,) = strings(page, "//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "script-src 'unsafe-inline'" not in policy


def test_the_page_says_which_release_it_shows_in_local_time(folder: Path) -> None:
    (about,) = contents(page_of((folder / "index.html").read_text()), "//header//p[@class='about']")
    assert "r1" in about and "2023-04-01 02:30" in about


def test_without_schools_no_page_has_one(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert write_scoreboard(db, tmp_path, "r1", MADE_AT, with_schools=False) == [tmp_path / "index.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    text = (tmp_path / "index.html").read_text()
    assert data_of(tmp_path / "index.html")["questions"] == {}
    for (part,) in db.sql("select unnest([school_id, school_name]) from marts.dim_school").fetchall():
        assert json.dumps(part, ensure_ascii=False).strip('"').replace("<", "\\u003c") not in text
    assert "balance.html" not in text
