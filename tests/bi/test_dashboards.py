"""The dashboards of `deploy/superset`, imported into a real Superset as `docs/bi.md` tells, in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
import yaml
from playwright.sync_api import Page, Response

from ingest.settings import PROJECT_DIR
from tests.bi.superset import PASSWORD, USER, Superset
from tests.integration.browser import chromium_page
from tests.integration.conftest import Workplace

AS_CODE = PROJECT_DIR / "deploy" / "superset"
DASHBOARDS = ("city", "county", "quality")
TALL = (1600, 1400)  # charts out of sight ask for nothing
SHOWN_WITHIN_MS = 120_000
LATEST = "collection_id = '2020-09'"  # what a dashboard opens with: the last collection that there is anything of


@pytest.fixture(scope="module")
def imported(superset: Superset, released: Workplace) -> Superset:
    """With the path of the release in place of the one that the file has for a server."""
    folder = superset.folder / "as_code"
    shutil.copytree(AS_CODE, folder)
    database = folder / "databases" / "education_plan.yaml"
    place = yaml.safe_load(database.read_text(encoding="utf-8"))["sqlalchemy_uri"]
    path = released.data / "published" / "current" / "warehouse.duckdb"
    told = database.read_text(encoding="utf-8").replace(place, f"duckdb:///{path}")
    database.write_text(told, encoding="utf-8")
    superset.run("import-directory", "--overwrite", str(folder))
    return superset


@pytest.fixture(scope="module")
def browser(imported: Superset) -> Iterator[Page]:
    """Logged in; there is no network to ask for Superset's own counting pixel."""
    with chromium_page(TALL) as page:
        page.route("**/*.scarf.sh/**", lambda route: route.fulfill(body=""))
        page.goto(f"{imported.url}/login/")
        page.fill("#username", USER)
        page.fill("#password", PASSWORD)
        page.locator("button[type=submit]").click()
        page.wait_for_url("**/welcome/**")
        yield page


def open_dashboard(page: Page, superset: Superset, slug: str) -> list[Response]:
    """Opens it and waits until its charts are drawn; what they were answered. AssertionError when the browser complains."""
    layout = yaml.safe_load((AS_CODE / "dashboards" / f"{slug}.yaml").read_text(encoding="utf-8"))["position"]
    charts = sum(name.startswith("CHART-") for name in layout)
    complaints: list[str] = []
    answers: list[Response] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda response: answers.append(response) if "/chart/data" in response.url else None)
    page.goto(f"{superset.url}/superset/dashboard/{slug}/")
    page.wait_for_function(
        "charts => document.querySelectorAll('[data-test=chart-grid-component]').length === charts"
        " && document.querySelectorAll('[data-test=loading-indicator]').length === 0",
        arg=charts,
        timeout=SHOWN_WITHIN_MS,
    )
    page.wait_for_load_state("networkidle")
    assert complaints == []
    assert len(answers) >= charts
    return answers


def number_in(page: Page, chart: str) -> int:
    return int(page.locator(f"[data-test-chart-name='{chart}'] .header-line").inner_text().replace(",", ""))


def rows_in(page: Page, chart: str) -> list[list[str]]:
    rows = page.locator(f"[data-test-chart-name='{chart}'] tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_is_drawn_and_shows_something(imported: Superset, browser: Page, slug: str) -> None:
    answers = open_dashboard(browser, imported, slug)
    assert {answer.status for answer in answers} == {200}
    results = [answer.json()["result"][0] for answer in answers]
    assert [result["query"] for result in results if not result["rowcount"]] == []
    assert browser.locator("[role=alert], .ant-alert").count() == 0


def test_the_city_shows_the_targets_that_it_has_met(imported: Superset, browser: Page, released: Workplace) -> None:
    open_dashboard(browser, imported, "city")
    city = released.query(f"select met, behind from metrics.area_summary where area_kind = 'city' and {LATEST}").iloc[0]
    assert (number_in(browser, "已达标"), number_in(browser, "落后")) == (city.met, city.behind)


def test_a_county_shows_its_own_values(imported: Superset, browser: Page, released: Workplace) -> None:
    open_dashboard(browser, imported, "county")
    values = released.query(
        "select name_zh, coalesce(value_text, 'N/A') from metrics.scoreboard "
        f"where area_zh = (select min(area_zh) from metrics.area_summary where area_kind <> 'city') and {LATEST}"
    )
    known = dict(values.itertuples(index=False, name=None))
    shown = {name: value for name, value, *_ in rows_in(browser, "本县指标")}
    assert len(shown) > 10
    assert {name: known[name] for name in shown} == shown


def test_a_county_has_as_many_metrics_and_bars_as_targets(imported: Superset, browser: Page) -> None:
    answers = open_dashboard(browser, imported, "county")
    results = [answer.json()["result"][0] for answer in answers]
    by_column = {column: result for result in results for column in result["colnames"]}
    bars = [bar | {"project_text": 0} for bar in by_column["project_text"]["data"]]
    targets = number_in(browser, "本县：有目标的指标")
    assert by_column["place_text"]["rowcount"] == targets
    assert sum(count or 0 for bar in bars for count in bar.values()) == targets


def test_data_quality_counts_what_is_rejected_and_what_is_asked(
    imported: Superset, browser: Page, released: Workplace
) -> None:
    open_dashboard(browser, imported, "quality")
    rejected = f"select count(*) as n from quality.documents where status = 'rejected' and {LATEST}"
    asked = (
        "select count(*) as n from quality.issues "
        "where severity = 'query' and explanation is null and not is_replaced "
        f"and check_id not in ('document.unknown_column', 'document.hidden_sheet') and {LATEST}"
    )
    assert number_in(browser, "拒收的文件") == released.query(rejected).n[0]
    assert number_in(browser, "待说明") == released.query(asked).n[0]
