"""The scoreboard of a real release in a real browser: what it shows, how it is used, on paper, on a phone, and by everyone."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orchestration.publishing.scoreboard import write_scoreboard
from orchestration.publishing.scoreboard.figures import Measure
from tests.integration.browser import chromium_page
from tests.integration.conftest import Workplace

CITY, COUNTY, ABSENT, YEAR = "331000", "331002", "331082", "2020-09"
METRIC, TODAY = "fitness_pass_rate", date(2023, 3, 31)
DESKTOP, PHONE, PAPER = (1400, 900), (390, 844), (1047, 740)
LISTED = 40
FIGURES = ["-0.5", "+1,200", "+31 所", "+2.5 平方米/生", "+5.0%", "-3 per 100 pupils", "−2+3", "甲", ""]
FORMULAS = ["=1+1", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "-2 +3+cmd|' /C calc'!A0", "+A1", "-2 (A1)", "+1 cmd|x"]
LONGEST_ON_A_PHONE = 42_390 / 3
PAGES = ["index", "balance", "brief"]
SCOPE, FILTERS = ["year", "area"], ["project", "tier", "status", "department", "q"]
SHOWN = """rows => rows.filter(row => row.querySelector("a[data-metric]")).map(row => ({
    metric: row.querySelector("a[data-metric]").dataset.metric,
    value: row.querySelector(".figure").firstChild.textContent.trim(),
    status: row.querySelector(".chip")?.className.match(/s-(\\w+)/)[1] ?? "",
}))"""


BEYOND_THE_EDGE = """[...document.querySelectorAll("body *")].filter(each => !each.closest(".wide, .hidden, .skip")
    && each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 200))"""
OUT_OF_ITS_COLUMN = """[...document.querySelectorAll("td, th, dd, .tile, .gap-list li > *")].filter(
    each => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1).map(each => each.outerHTML.slice(0, 200))"""


@dataclass
class Site:
    """A release and its pages."""

    place: Workplace
    folder: Path

    def address(self, page: str = "index", *, lang: str = "zh", **state: str) -> str:
        hash_ = "&".join(f"{key}={value}" for key, value in state.items())
        return f"{(self.folder / page).with_suffix('.html').as_uri()}?lang={lang}#{hash_}"

    def rows(self, sql: str) -> list[Any]:
        with duckdb.connect(str(self.place.current / "warehouse.duckdb"), read_only=True) as db:
            return db.sql(sql).fetchall()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, small_landing: Path) -> Site:
    """A city of which one county has sent nothing in the later collection."""
    place = Workplace(tmp_path_factory.mktemp("scoreboard"))
    shutil.copytree(small_landing, place.landing)
    shutil.rmtree(place.landing / YEAR / ABSENT)
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    return Site(place, place.current / "scoreboard")


@contextmanager
def quiet_page(size: tuple[int, int] = DESKTOP) -> Iterator[Page]:
    """A page on which nothing may go wrong: no message in the console, no error, and no request but for the page itself."""
    troubles: list[str] = []
    with chromium_page(size) as page:
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if is_foreign(request.url) else None)
        yield page
    assert troubles == []


def is_foreign(url: str) -> bool:
    return not re.match(r"(file:.*/(index|balance|brief)\.html|data:|blob:)", url)


@pytest.fixture
def page() -> Iterator[Page]:
    with quiet_page() as page:
        yield page


def shown(page: Page, table: str = "#metrics, #monitored") -> list[dict[str, str]]:
    """The metrics that are listed; those that are only watched show no status."""
    rows: list[dict[str, str]] = page.locator(f":is({table}) tbody tr").evaluate_all(SHOWN)
    return rows


def choose(page: Page, name: str, value: str) -> None:
    page.get_by_role("combobox", name=name).select_option(value)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def agrees(text: str, value: float | None) -> bool:
    """A written figure is the value, rounded to the digits that it has."""
    if value is None:
        return text == "—"
    if text in ("已完成", "是", "未完成", "否"):
        return (text in ("已完成", "是")) == (value > 0)
    number, scale = text.removesuffix("%").replace(",", ""), 100 if text.endswith("%") else 1
    digits = len(number.partition(".")[2])
    return bool(abs(float(number) - value * scale) <= 0.5 * 10**-digits + 1e-9)


def test_the_table_and_the_page_write_figures_alike(site: Site) -> None:
    rows = site.rows(
        "select value_kind, dim_metric.unit, area_kind <> 'city', value, value_text, progress.target_value, progress.target_upper, "
        "progress.baseline_value, progress.comparator, target_text, progress.gap, progress.gap_count, gap_text "
        "from metrics.scoreboard inner join metrics.target_progress as progress using (metric_id, collection_id, unit_code) "
        "inner join marts.dim_metric using (metric_id)"
    )
    wrong = []
    for kind, unit, of_a_unit, value, written, target, upper, baseline, comparator, aim, gap, count, missing in rows:
        measure = Measure(kind, unit, of_a_unit)
        compared = baseline if comparator.startswith("baseline_") else target
        said = measure.value(value, compared)[0]
        counter = f" {measure.suffix[0]}" if kind in ("count", "sum") and not measure.is_flag else ""
        shown = (None if value is None else said + counter, measure.target(comparator, target, upper, baseline)[0])
        lacks = None if gap is None else measure.gap(gap, count)[0]
        if (*shown, lacks) != (written, aim, missing):
            wrong.append((*shown, lacks, written, aim, missing))
    assert len(rows) > 2000 and wrong == []


def test_no_page_and_no_message_holds_a_power_of_ten(site: Site, page: Page) -> None:
    power = re.compile(r"\d[eE][+-]\d")
    for area in (CITY, COUNTY):
        page.goto(site.address(year=YEAR, area=area))
        assert not power.search(page.locator("main").inner_text())
    assert [text for (text,) in site.rows("select message_zh from quality.issues") if power.search(text)] == []
    words = "select value_text || target_text || coalesce(gap_text, '') from metrics.scoreboard where value is not null"
    assert [text for (text,) in site.rows(words) if power.search(text)] == []


@pytest.mark.parametrize("area", [CITY, COUNTY, ABSENT])
def test_every_metric_is_shown_as_the_tables_have_it(site: Site, page: Page, area: str) -> None:
    page.goto(site.address(year=YEAR, area=area))
    expected = site.rows(
        "select metric_id, value, status, dim_metric.comparator <> 'none' and (area_kind = 'city' or unit_target <> 'none') "
        "from metrics.scoreboard inner join marts.dim_metric using (metric_id) "
        f"where collection_id = '{YEAR}' and unit_code = '{area}'"
    )
    aimed_at = {each["metric"]: each for each in shown(page, "#metrics")}
    watched = {each["metric"]: each for each in shown(page, "#monitored")}
    assert aimed_at.keys() == {metric for metric, _, _, has_target in expected if has_target}
    assert watched.keys() == {metric for metric, _, _, has_target in expected if not has_target}
    found = watched | aimed_at
    wrong = [
        (metric, value, status, found[metric])
        for metric, value, status, _ in expected
        if found[metric]["status"] not in (status, "") or not agrees(found[metric]["value"], value)
    ]
    assert wrong == [] and all(each["status"] for each in aimed_at.values())


def test_the_overview_counts_the_city_by_project_and_status(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    expected = site.rows(
        f"select project_no, status, count(*) from metrics.target_progress where collection_id = '{YEAR}' "
        f"and unit_code = '{CITY}' group by all"
    )
    tiles = page.locator("#tiles button").evaluate_all(
        "all => all.map(each => [each.dataset.status, Number(each.querySelector('.big').textContent)])"
    )
    totals: dict[str, int] = {}
    for _, status, count in expected:
        totals[status] = totals.get(status, 0) + count
    assert dict(tiles) == totals
    links = page.locator("#projects td a").evaluate_all("all => all.map(each => [each.hash, Number(each.textContent)])")
    found = {(part(hash_, "project"), part(hash_, "status")): count for hash_, count in links}
    assert found == {(project, status): count for project, status, count in expected}


def part(hash_: str, name: str) -> str:
    match = re.search(rf"[#&]{name}=([^&]*)", hash_)
    return match.group(1) if match else ""


def test_the_heat_table_holds_every_county_by_sign_and_colour(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    columns = [unit for (unit,) in site.rows("select unit_code from marts.dim_area order by sort_order")]
    statuses = {
        (metric, unit): status
        for metric, unit, status in site.rows(
            f"select metric_id, unit_code, status from metrics.target_progress where collection_id = '{YEAR}'"
        )
    }
    legend = "all => all.map(each => [each.className.match(/s-(\\w+)/)[1], each.querySelector('.sign').textContent])"
    signs = dict(page.locator("#legend .chip").evaluate_all(legend))
    cells = page.locator("#heat tbody tr").evaluate_all(
        """rows => rows.map(row => [row.querySelector("a").dataset.metric,
            [...row.cells].slice(1).map(cell => [cell.className.match(/s-(\\w+)/)[1], cell.querySelector(".sign")?.textContent])])"""
    )
    aimless = {metric for (metric,) in site.rows("select metric_id from marts.dim_metric where comparator = 'none'")}
    assert {metric for metric, _ in cells} == {metric for metric, unit in statuses if unit != CITY} - aimless
    for metric, found in cells:
        expected = [statuses.get((metric, unit)) for unit in columns]
        assert found == [[status or "none", signs.get(status)] for status in expected], metric


def test_the_first_screen_tells_where_every_area_stands(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    summaries = site.rows(
        "select area_zh, targets, met, would_be_met from metrics.area_summary inner join marts.dim_area using (unit_code, area_zh) "
        f"where collection_id = '{YEAR}' order by sort_order"
    )
    _, targets, met, would = summaries[0]
    story = page.locator("#lead").inner_text()
    assert f"{targets} 项有目标：{met} 项已达标" in story
    assert (f"另 {would} 项按现有数据可达" in story) == (would > 0)
    ((absent,),) = site.rows(f"select name_zh from marts.dim_unit where unit_code = '{ABSENT}'")
    assert re.search(rf"{absent}有 \d+ 张报表没有可用数据，影响 \d+ 项", story)
    tiles = page.locator("#tile-map .tile").evaluate_all(
        "all => all.map(each => [each.querySelector('.tile-name').textContent, Number(each.querySelector('strong').textContent)])"
    )
    assert tiles == [[name, met] for name, _, met, _ in summaries]
    for visible in ("#lead", "#gap-list li >> nth=9", "#tile-map", "#tiles"):
        expect(page.locator(visible)).to_be_in_viewport(ratio=0.9)


def test_counties_stand_on_the_map_where_they_lie(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    places = page.locator("#tile-map .tile").evaluate_all(
        """all => Object.fromEntries(all.map(each => [each.querySelector('.tile-name').textContent,
            [each.getBoundingClientRect().left, each.getBoundingClientRect().top]]))"""
    )
    assert places["三门县"][1] < places["椒江区"][1] < places["路桥区"][1]
    assert places["仙居县"][0] < places["黄岩区"][0] < places["椒江区"][0] < places["台州湾集聚区"][0]
    page.locator("#tile-map .tile", has_text="黄岩区").press("Enter")
    expect(page.locator("#tile-map [aria-current]")).to_be_focused()
    expect(page.locator("#h-overview")).to_contain_text("黄岩区")
    expect(page.get_by_role("combobox", name="地区")).to_have_value("331003")
    expect(page.locator("#tile-map [aria-current]")).to_contain_text("黄岩区")


def test_the_largest_gaps_come_first_with_baseline_now_and_target(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    missed = site.rows(
        "select metric_id, gap / abs(if(scoreboard.comparator like 'baseline%', baseline_value, scoreboard.target_value)) as part "
        f"from metrics.scoreboard inner join marts.dim_metric using (metric_id) where collection_id = '{YEAR}' "
        f"and unit_code = '{CITY}' and value_kind <> 'milestone' and if(status = 'provisional', status_if_final, status) = 'behind' "
        "order by part desc"
    )
    links = page.locator("#gap-list a").all()
    shown_parts = [dict(missed)[link.get_attribute("data-metric")] for link in links]
    assert shown_parts == pytest.approx([part for _, part in missed[:10]])
    for label in [bar.get_attribute("aria-label") or "" for bar in page.locator("#gap-list svg").all()]:
        assert re.search("现在 .+，目标 .+", label)


@dataclass
class Changed:
    """Pages that list a few of many changes, the document these are put down to, and how many are newly met by area."""

    folder: Path
    document: str
    met: dict[str, int]


@pytest.fixture
def changed(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Changed:
    monkeypatch.setattr("orchestration.publishing.scoreboard.changes.MOST_ROWS", LISTED)
    shutil.copy(site.place.current / "warehouse.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as db:
        db.execute(
            "insert into metrics.revisions by name select 'r2' as release_id, now()::timestamp as made_at, metric_id, collection_id, "
            "unit_code, 0.5 as previous_value, value, 'behind' as previous_status, status, documents "
            "from metrics.scoreboard cross join (select document_id as documents from quality.documents limit 1) "
            f"where collection_id = '{YEAR}' and unit_code in ('{CITY}', '{COUNTY}')"
        )
        write_scoreboard(db, tmp_path, "r2", datetime.now(UTC), TODAY)
        met = db.sql(
            "select unit_code, count(*) from metrics.revisions where release_id = 'r2' and status = 'met' group by all"
        )
        counts = dict(met.fetchall())
        ((path,),) = db.sql("select path from quality.documents limit 1").fetchall()
    return Changed(tmp_path, path, counts)


def test_what_changed_is_told_with_newly_met_first(changed: Changed, page: Page) -> None:
    page.goto((changed.folder / "index.html").as_uri())
    headings = page.locator("#changes-body :is(h3, details > summary)").all_inner_texts()
    assert headings[0] == f"新达标 {sum(changed.met.values())}"
    expect(page.locator("#changes-body .kind-met .cause").first).to_contain_text(changed.document)
    expect(page.locator("#changes-body .kind-met .areas li").first).to_contain_text("（落后 → 已达标）")


def test_changes_of_a_county_are_counted_whether_or_not_they_are_listed(changed: Changed, page: Page) -> None:
    page.goto(f"{(changed.folder / 'index.html').as_uri()}#area={COUNTY}")
    expect(page.locator("#changes-lead")).to_contain_text(f"本地区各学年合计：新达标 {changed.met[COUNTY]}，")
    expect(page.locator("#changes-body h3").first).to_have_text(f"新达标 {changed.met[COUNTY]}")
    expect(page.locator("#changes-body .about").last).to_contain_text("处，见数据表 metrics.revisions")
    page.goto(f"{(changed.folder / 'index.html').as_uri()}#area={ABSENT}")
    expect(page.locator("#changes-lead")).to_contain_text("没有变化")
    page.goto(f"{(changed.folder / 'brief.html').as_uri()}#area={COUNTY}")
    expect(page.locator("#changes-lead")).to_be_empty()


def test_a_file_of_changes_holds_those_of_its_area(changed: Changed, page: Page) -> None:
    def areas_in_file(area: str) -> set[str]:
        page.goto("about:blank")
        page.goto(f"{(changed.folder / 'index.html').as_uri()}#area={area}")
        with page.expect_download() as waiting:
            page.locator("#h-changes button", has_text="CSV").click()
        rows = csv.DictReader(Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines())
        return {row["地区"] for row in rows}

    whole_city = areas_in_file(CITY)
    assert len(whole_city) == 2 and "椒江区" in whole_city
    assert areas_in_file(COUNTY) == {"椒江区"}


def test_a_metric_of_the_brief_leads_to_its_figures_in_the_same_area(site: Site, page: Page) -> None:
    page.goto(site.address("brief", area=COUNTY))
    page.locator("#gap-list a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("combobox", name="地区", include_hidden=True)).to_have_value(COUNTY)


def test_no_cell_of_a_file_is_a_formula(site: Site, page: Page) -> None:
    page.goto(site.address())
    script = page.locator("script[type=module]").last.text_content() or ""
    rule = re.search(r"const FORMULA = .*;", script)
    assert rule
    texts = [*FIGURES, *FORMULAS]
    found = page.evaluate(f"texts => {{ {rule[0]} return texts.filter(text => FORMULA.test(text)); }}", texts)
    assert found == FORMULAS


def test_one_language_at_a_time_that_is_remembered(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR, area=COUNTY))
    assert "Metrics" not in page.locator("main").inner_text()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert part(page.url, "area") == COUNTY
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for place in ("#lead", "#gaps", "#tile-map", "#metrics thead", "#metrics tbody", "#heat", ".masthead h1"):
        assert not chinese.search(page.locator(place).first.inner_text()), place
    page.locator(".masthead").get_by_role("link", name="Balanced").click()
    expect(page.get_by_role("heading", name="Coefficients of variation")).to_be_visible()
    page.goto(site.address().partition("?")[0])
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


@pytest.mark.parametrize("name", PAGES)
def test_every_table_and_chart_can_be_had_as_csv_and_png(site: Site, page: Page, name: str) -> None:
    page.goto(site.address(name, metric=METRIC if name == "index" else ""))
    pressed = 0
    for scope in ["dialog", "main"] if name == "index" else ["main"]:
        for button in page.locator(f"{scope} .downloads button").all():
            with page.expect_download() as waiting:
                button.click()
            content = Path(waiting.value.path()).read_bytes()
            if button.inner_text() == "PNG":
                assert content.startswith(b"\x89PNG") and len(content) > 2000
            else:
                rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
                assert content.startswith(b"\xef\xbb\xbf")
                assert rows and all(rows[0]) and {len(row) for row in rows} == {len(rows[0])}
            pressed += 1
        if scope == "dialog":
            page.keyboard.press("Escape")
    assert pressed == {"index": 20, "balance": 4, "brief": 4}[name]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nothing_runs_out_of_its_column(site: Site, size: tuple[int, int]) -> None:
    with quiet_page(size) as page:
        for name in PAGES:
            for lang in ("zh", "en"):
                page.goto(site.address(name, lang=lang, year=YEAR))
                assert page.evaluate(OUT_OF_ITS_COLUMN) == [], (name, lang)


def test_filters_leave_what_fits_all_of_them(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    choose(page, "层次", "A")
    choose(page, "牵头部门", "市委编办")
    page.get_by_role("searchbox").fill("本科 Bachelor")
    words = "lower(concat_ws(' ', metric_id, target_id, name_zh, name_en, quote_zh, responsible_units, project_zh, lead_departments))"
    expected = site.rows(
        "select metric_id from marts.dim_metric where tier = 'A' and contains(lead_departments, '市委编办') "
        f"and contains({words}, '本科') and contains({words}, 'bachelor')"
    )
    assert len(expected) > 1
    assert {each["metric"] for each in shown(page)} == {metric for (metric,) in expected}
    expect(page.locator("#shown")).to_contain_text(f"{len(shown(page))} 项有目标")
    page.get_by_role("searchbox").fill("没有这样的指标")
    expect(page.locator("#metrics tbody")).to_have_text(re.compile("没有符合条件的"))
    page.get_by_role("button", name="清除").click()
    assert len(shown(page)) == len(site.rows("from marts.dim_metric"))


def test_a_tile_filters_by_its_status_and_a_second_press_takes_it_off(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    tile = page.locator("#tiles [data-status=provisional]")
    tile.click()
    assert {each["status"] for each in shown(page, "#metrics")} == {"provisional"}
    expect(tile).to_have_attribute("aria-pressed", "true")
    expect(tile).to_be_focused()
    tile.click()
    assert len(shown(page)) == len(site.rows("from marts.dim_metric"))


def test_a_count_of_a_project_leads_to_its_metrics(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    link = page.locator("#projects td a").first
    count, hash_ = int(link.inner_text()), link.get_attribute("href") or ""
    link.click()
    expect(page.locator("#h-metrics")).to_be_focused()
    assert len(shown(page)) == count
    assert {each["status"] for each in shown(page, "#metrics")} <= {part(hash_, "status")}
    assert page.get_by_role("combobox", name="工程").input_value() == part(hash_, "project")


def test_a_county_is_compared_with_the_city_and_ranked(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    expect(page.locator("#metrics thead")).not_to_contain_text("名次")
    choose(page, "地区", COUNTY)
    expect(page.locator("#metrics thead")).to_contain_text("名次")
    (place, of) = site.rows(
        f"""select * from (select unit_code, rank() over (order by value desc) as place, count(*) over () as units
            from metrics.metric_values inner join marts.dim_area using (unit_code) where metric_id = '{METRIC}'
            and collection_id = '{YEAR}' and area_kind = 'county' and value is not null) where unit_code = '{COUNTY}'"""
    )[0][1:]
    row = page.locator("#metrics tbody tr", has=page.locator(f"[data-metric={METRIC}]"))
    expect(row.locator("[data-label=名次]")).to_have_text(f"{place}/{of}")
    ((city,),) = site.rows(
        f"select value from metrics.metric_values where metric_id = '{METRIC}' and collection_id = '{YEAR}' and unit_code = '{CITY}'"
    )
    assert agrees(row.locator("[data-label=全市]").inner_text(), city)


def test_a_link_brings_back_county_filters_and_metric(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    choose(page, "地区", COUNTY)
    choose(page, "工程", "01")
    page.locator(f"#metrics [data-metric={METRIC}]").click()
    heading, metrics, address = page.locator("#h-detail").inner_text(), shown(page), page.url
    assert [part(address, name) for name in ("year", "area", "project", "metric")] in (
        [YEAR, COUNTY, "01", METRIC],
        ["", COUNTY, "01", METRIC],
    )
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.locator("#h-detail").inner_text() == heading
    assert shown(page) == metrics
    page.reload()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("metric="))
    assert part(page.url, "area") == COUNTY


def test_a_step_back_closes_the_metric(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    page.locator(f"#metrics [data-metric={METRIC}]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_link_to_what_a_release_does_not_have_shows_the_rest(site: Site, page: Page) -> None:
    page.goto(site.address(year="1999-09", area="000000", metric="nothing", project="99"))
    assert len(shown(page)) == len(site.rows("from marts.dim_metric"))
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_metric_is_explained_in_the_words_of_the_plan(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR, metric=METRIC))
    ((quote, definition),) = site.rows(
        f"select quote_zh, definition_zh from marts.dim_metric where metric_id = '{METRIC}'"
    )
    dialog = page.get_by_role("dialog")
    assert dialog.locator("blockquote").inner_text() == quote
    expect(dialog.locator(".definition")).to_contain_text(definition)
    expect(dialog.locator("svg.chart .point")).to_have_count(2)
    ((absent,),) = site.rows(f"select name_zh from marts.dim_unit where unit_code = '{ABSENT}'")
    expect(dialog.locator(".reasons:not(.asked-about)")).to_contain_text(f"{absent}：学生名册（逾期）没有可用数据")


def test_what_is_missing_is_listed_by_unit(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR))
    ((absent,),) = site.rows(f"select name_zh from marts.dim_unit where unit_code = '{ABSENT}'")
    row = page.locator("#waiting tbody tr", has_text=absent).first
    owed = site.rows(
        f"select form_zh from quality.return_status where collection_id = '{YEAR}' and unit_code = '{ABSENT}' and status = 'overdue'"
    )
    assert len(owed) > 10
    for (form,) in owed:
        expect(row).to_contain_text(f"{form}（逾期）")


def test_sorting_by_value_puts_the_groups_away(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR, area=COUNTY, project="09"))
    assert page.locator("#metrics .dtrg-group").count() == 1
    page.locator("#metrics thead th", has_text="离目标多远").click()
    assert page.locator("#metrics .dtrg-group").count() == 0
    page.locator("#metrics thead th", has_text="指标").get_by_role("button").press("Enter")
    expect(page.locator("#metrics thead th", has_text="指标")).to_have_attribute("aria-sort", "ascending")
    page.locator("#metrics thead th", has_text="现值").get_by_role("button").press("Enter")
    table = f"metrics.metric_values where collection_id = '{YEAR}' and unit_code = '{COUNTY}'"
    values = dict(site.rows(f"select metric_id, value from {table}"))
    order = [values[each["metric"]] for each in shown(page, "#metrics")]
    known = [value for value in order if value is not None]
    assert len(known) > 5 and order == [*sorted(known), *[None] * (len(order) - len(known))]
    page.locator("#metrics thead th", has_text="现值").get_by_role("button").press("Enter")
    order = [values[each["metric"]] for each in shown(page, "#metrics")]
    assert order == [*sorted(known, reverse=True), *[None] * (len(order) - len(known))]


def test_the_keyboard_reaches_everything_in_order(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR, metric=""))
    focused = (
        "document.activeElement.id || document.activeElement.getAttribute('href') || document.activeElement.className"
    )

    def tabs(count: int) -> list[str]:
        found = []
        for _ in range(count):
            page.keyboard.press("Tab")
            found.append(str(page.evaluate(focused)))
        return found

    links = ["brief.html?lang=zh", "balance.html?lang=zh", "?lang=en"]
    assert tabs(6) == ["#main", *links, *SCOPE]
    page.locator("#h-metrics button").last.focus()
    assert tabs(len(FILTERS)) == FILTERS
    link = page.locator(f"#metrics [data-metric={METRIC}]")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator("#h-detail")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link).to_be_focused()


def test_the_skip_link_leads_past_the_filters(site: Site, page: Page) -> None:
    page.goto(site.address())
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#metrics tbody tr").first).to_be_attached()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_one_way_only_and_not_far(site: Site, name: str, lang: str) -> None:
    with quiet_page(PHONE) as page:
        for state in ({}, {"year": YEAR, "area": COUNTY}, {"year": YEAR, "metric": METRIC}):
            page.goto("about:blank")
            page.goto(site.address(name, lang=lang, **state))
            assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [PHONE[0], PHONE[0]]
            assert page.evaluate("document.documentElement.scrollHeight") < LONGEST_ON_A_PHONE
            assert page.evaluate(BEYOND_THE_EDGE) == []
        if name == "index":
            assert page.evaluate("document.querySelector('dialog').scrollWidth") <= PHONE[0]


@pytest.mark.parametrize("name", ["index", "balance"])
def test_a_page_fits_on_paper_without_its_controls(site: Site, name: str) -> None:
    with quiet_page(PAPER) as page:
        page.goto(site.address(name, year=YEAR))
        expect(page.locator(".filters")).to_be_visible()
        expect(page.locator("#printed")).to_be_hidden()
        page.emulate_media(media="print")
        expect(page.locator(".filters")).to_be_hidden()
        expect(page.locator("#printed")).to_contain_text("学年：")
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER[0]
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("area", [CITY, COUNTY, ABSENT])
def test_the_brief_is_one_sheet_of_paper(site: Site, page: Page, area: str, lang: str) -> None:
    page.goto(site.address("brief", area=area, lang=lang))
    printed = page.pdf(prefer_css_page_size=True)
    sheets = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert len(sheets) == 1
    width, height = sheets[0]
    assert (round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) == (210, 297)


def test_the_schools_behind_what_fails_are_printed(site: Site, page: Page) -> None:
    page.goto(site.address("balance", year=YEAR))
    folded = page.locator("details:not([open])")
    assert folded.count() > 0
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert folded.count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert folded.count() > 0


def test_a_metric_is_printed_alone(site: Site, page: Page) -> None:
    page.goto(site.address(year=YEAR, metric=METRIC))
    page.emulate_media(media="print")
    expect(page.locator("main")).to_be_hidden()
    expect(page.locator("blockquote")).to_be_visible()


INDEX_STATES = [
    {"year": YEAR},
    {"year": YEAR, "area": COUNTY, "status": "behind"},
    {"year": YEAR, "metric": METRIC},
    {"year": YEAR, "area": COUNTY, "metric": "plan_achievement_share"},
    {"year": YEAR, "q": "没有这样的指标"},
    {"year": "2019-09"},
]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_everyone_can_use_the_index(site: Site, size: tuple[int, int]) -> None:
    with quiet_page(size) as page:
        for state in INDEX_STATES:
            page.goto("about:blank")
            page.goto(site.address(**state))
            assert violations(page) == [], state


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everyone_can_use_the_brief(site: Site, size: tuple[int, int], lang: str) -> None:
    with quiet_page(size) as page:
        for area in (CITY, COUNTY):
            page.goto(site.address("brief", lang=lang, area=area))
            assert violations(page) == [], area


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_everyone_can_use_the_balance_page(site: Site, size: tuple[int, int]) -> None:
    with quiet_page(size) as page:
        for state in ({"year": YEAR}, {"year": YEAR, "unit": COUNTY, "state": "failing"}):
            page.goto("about:blank")
            page.goto(site.address("balance", **state))
            page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
            assert violations(page) == [], state


def test_the_balance_page_shows_every_indicator_and_who_fails(site: Site, page: Page) -> None:
    page.goto(site.address("balance", year=YEAR))
    expected = site.rows(
        "select indicator, sections_meeting, sections, cv, cv <= cv_limit from metrics.balance_indicators "
        f"where collection_id = '{YEAR}'"
    )
    rows = page.locator("#indicators tbody tr:not(.dtrg-group)").evaluate_all(
        """all => all.map(row => [row.querySelector("[data-label=达标校段]").textContent,
            row.querySelector("[data-label=差异系数] .chip").childNodes[1].textContent,
            row.querySelector("[data-label=差异系数] .chip").classList.contains("s-met")])"""
    )
    assert len(rows) == len(expected) > 0
    assert sorted(text for text, *_ in rows) == sorted(
        f"{meeting} / {sections}" for _, meeting, sections, *_ in expected
    )
    assert sum(is_met for *_, is_met in rows) == sum(bool(is_within) for *_, is_within in expected)
    choose(page, "差异系数", "failing")
    failing = page.locator("#indicators tbody tr:not(.dtrg-group)")
    expect(failing).to_have_count(sum(not is_within for *_, is_within in expected))


def test_the_schools_behind_a_coefficient_are_the_largest_parts_of_its_variance(site: Site, page: Page) -> None:
    (unit, stage, indicator, mean) = site.rows(
        f"select unit_code, stage, indicator, mean_value from metrics.balance_indicators where collection_id = '{YEAR}' "
        "and cv > cv_limit order by cv desc limit 1"
    )[0]
    sections = site.rows(
        "select school_name, pupils, value from metrics.balance_sections left join marts.dim_school using "
        f"(collection_id, unit_code, school_id) where collection_id = '{YEAR}' and unit_code = '{unit}' and stage = '{stage}' "
        f"and indicator = '{indicator}' and value is not null"
    )
    parts = {name: pupils * (value - mean) ** 2 for name, pupils, value in sections}
    worst = max(parts, key=lambda name: parts[name])
    page.goto(site.address("balance", year=YEAR, unit=unit, stage=stage, indicator=indicator))
    page.locator("summary", has_text="拉大差异的学校").click()
    first = page.locator("#indicators details[open] li").first
    expect(first).to_contain_text(worst)
    expect(first.locator("strong")).to_have_text(f"{parts[worst] / sum(parts.values()):.1%}")


def test_the_matrix_sets_every_coefficient_against_its_limit(site: Site, page: Page) -> None:
    page.goto(site.address("balance", year=YEAR))
    expected = site.rows(
        "select name_zh, sections_passing, sections, coefficients_within, ready from metrics.balance_readiness "
        f"inner join marts.dim_unit using (unit_code) where collection_id = '{YEAR}' order by unit_code"
    )
    rows = page.locator("#matrix tbody tr").evaluate_all(
        "all => all.map(row => [[...row.cells].map(cell => cell.textContent), row.querySelectorAll('.within').length])"
    )
    assert len(rows) == len(expected) > 0
    for (cells, green), (name, passing, sections, within, is_ready) in zip(rows, expected, strict=True):
        assert cells[0] == name and len(cells) == 18
        assert cells[15:17] == [f"{within} / 14", f"{passing} / {sections}"]
        assert cells[17].endswith("未达到") != is_ready
        assert green == within
    expect(page.locator("#matrix")).to_be_in_viewport(ratio=1)


def test_a_cell_of_the_matrix_leads_to_its_schools(site: Site, page: Page) -> None:
    page.goto(site.address("balance", year=YEAR))
    page.locator("#matrix .failing a").first.click()
    expect(page.locator("#h-indicators")).to_be_focused()
    assert page.locator("#indicators tbody tr:not(.dtrg-group)").count() == 1
    expect(page.locator("#indicators details li").first).to_be_visible()


def test_without_schools_the_page_links_to_none(site: Site, tmp_path: Path, page: Page) -> None:
    with duckdb.connect(str(site.place.current / "warehouse.duckdb"), read_only=True) as db:
        write_scoreboard(db, tmp_path, "open", datetime.now(UTC), TODAY, with_schools=False)
    text = (tmp_path / "index.html").read_text()
    schools = site.rows("select distinct unnest([school_id, school_name]) from marts.dim_school")
    assert len(schools) > 50
    assert [name for (name,) in schools if name in text] == []
    page.goto((tmp_path / "index.html").as_uri())
    assert page.locator("a[href*='balance.html']").count() == 0
    assert len(shown(page)) == len(site.rows("from marts.dim_metric"))
