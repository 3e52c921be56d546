"""The first screen: a sentence of figures, the largest gaps, and the places of the counties."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from ingest.reference import load_reference
from orchestration.publishing.scoreboard.provisional import Reasons
from orchestration.publishing.scoreboard.release import read_release
from orchestration.publishing.scoreboard.story import Story, relative_gap, tile_map
from tests.unit.orchestration.publishing.scoreboard.conftest import CITY, HUANGYAN, JIAOJIANG

CITYS_PLACE = (1, 4)


def told(db: duckdb.DuckDBPyConnection, collection: str = "2020-09", area: str = CITY) -> dict[str, Any]:
    release = read_release(db)
    return Story(release, Reasons(release)).of(collection, area)


def test_a_sentence_says_what_is_met_and_what_would_be(db: duckdb.DuckDBPyConnection) -> None:
    first, held_up = told(db)["story"]
    assert first[0] == "规划 2 项指标中 2 项有目标：**met:1** 项已达标，另 **would:1** 项按现有数据可达。"
    assert (
        first[1]
        == "2 of the plan's 2 metrics have a target: **met:1** are met; **would:1** more would be by the data so far."
    )
    assert held_up[0] == "椒江区没有报齐，影响 **1** 项；黄岩区有 **1** 张报表没有可用数据，影响 **1** 项。"


def test_what_is_behind_is_named_with_the_largest_gap_first(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("update metrics.scoreboard set status_if_final = 'behind'")
    found = told(db)
    assert "**behind:2** 项落后（其中 2 项暂定），差得最多的是自报、教师学历" in found["story"][0][0]
    assert found["gaps"] == ["declared", "degree"] and found["behind"] == 2


def test_what_is_on_its_way_is_told_apart_from_what_is_behind(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("update metrics.scoreboard set status_if_final = 'on_track'")
    (sentence, _), *_ = told(db)["story"]
    assert "；**2** 项按进度" in sentence and "落后" not in sentence


def test_a_milestone_is_behind_but_has_no_bar(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("update metrics.scoreboard set status_if_final = 'behind'")
    db.execute("update marts.dim_metric set value_kind = 'milestone' where metric_id = 'declared'")
    found = told(db)
    assert found["behind"] == 2 and found["gaps"] == ["degree"]


def test_a_change_counts_what_would_be_met_too(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("update metrics.area_summary set met = 0, would_be_met = 3 where collection_id = '2021-09'")
    found = told(db, "2021-09")
    assert found["change"] == 1
    assert "**met:0** 项已达标，另 **would:3** 项按现有数据可达（合计较上学年 +1）" in found["story"][0][0]


def test_the_year_after_the_baseline_is_compared_with_nothing(db: duckdb.DuckDBPyConnection) -> None:
    assert told(db)["change"] is None
    assert told(db, "2021-09")["change"] == -2
    zh, en = told(db, "2021-09")["story"][0]
    assert "**met:0** 项已达标（连同可达的较上学年 −2）" in zh
    assert "**met:0** are met (−2 on the year before, with what would be met)" in en
    assert told(db, "2019-09")["story"] == [("本学年是基期，以后各学年与它比较。", told(db, "2019-09")["story"][0][1])]


def test_a_county_leads_only_where_enough_of_them_can_be_ranked(db: duckdb.DuckDBPyConnection) -> None:
    assert "2 项能排名的指标中 **2** 项居全市首位" in told(db, area=JIAOJIANG)["story"][1][0]
    db.execute("update metrics.scoreboard set ranked_of = 3")
    assert not any("首位" in zh for zh, _ in told(db, area=JIAOJIANG)["story"])


def test_a_county_hears_of_its_own_returns_only(db: duckdb.DuckDBPyConnection) -> None:
    assert told(db, area=HUANGYAN)["story"][-1][0] == "黄岩区有 **1** 张报表没有可用数据，影响 **1** 项。"


@pytest.mark.parametrize(
    ("comparator", "target", "baseline", "part"),
    [(">=", 0.8, 0.1, 0.25), ("baseline_down", None, 0.4, 0.5), (">=", None, 0.4, None), (">=", 0.0, 0.4, None)],
)
def test_a_gap_is_measured_by_what_is_aimed_at(
    comparator: str, target: float | None, baseline: float, part: float | None
) -> None:
    row = {"comparator": comparator, "target_value": target, "baseline_value": baseline, "gap": 0.2}
    assert relative_gap(row) == part


def test_a_city_with_an_unknown_county_has_no_map() -> None:
    known = {"unit_code": "331023", "area_kind": "county"}
    assert tile_map([{"unit_code": CITY, "area_kind": "city"}, known]) == {"331023": (1, 1)}
    assert tile_map([known, {"unit_code": "110101", "area_kind": "county"}]) == {}


def test_no_two_areas_share_a_place() -> None:
    units = load_reference().units.values()
    areas = [{"unit_code": unit.unit_code, "area_kind": unit.kind} for unit in units if unit.kind != "municipal"]
    places = set(tile_map(areas).values())
    assert len(places) == len(areas) == 10 and CITYS_PLACE not in places
