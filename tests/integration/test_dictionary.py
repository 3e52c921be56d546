"""The dictionary of a real release: complete, in a browser without network, and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ingest.contracts.contract import load_contracts
from tests.integration.browser import chromium_page
from tests.integration.conftest import Workplace


@pytest.fixture(scope="module")
def folder(released: Workplace) -> Path:
    return released.current / "dictionary"


@pytest.fixture
def page(folder: Path) -> Iterator[Page]:
    """The page, which asks for nothing but itself and complains of nothing."""
    asked, complaints = [], []
    with chromium_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto((folder / "index.html").as_uri())
        yield page
        assert asked == [(folder / "index.html").as_uri()] and complaints == []


def test_the_page_names_everything(released: Workplace, page: Page) -> None:
    text = page.inner_text("main")
    tables = released.query("select schema_name || '.' || table_name as name from duckdb_tables() where not internal")
    assert page.locator("h3[id]").evaluate_all("each => each.map(e => e.id)")[: len(tables)] == sorted(tables.name)
    for column in released.query("select distinct column_name from duckdb_columns() where not internal").column_name:
        assert column in text
    for form in load_contracts().values():
        for column in form.columns:
            assert column.heading_zh in text
    metrics = released.query("select metric_id, name_zh, quote_zh from marts.dim_metric")
    assert page.locator("[id^='metric.']").count() == len(metrics) == 122
    for name, quote in zip(metrics.name_zh, metrics.quote_zh, strict=True):
        assert name in text and quote.strip()[:20] in text


def test_a_search_leaves_what_holds_all_its_words(page: Page) -> None:
    box, found = page.get_by_role("searchbox"), page.get_by_role("status")
    box.fill("千兆 gigabit")
    assert found.inner_text().startswith(f"{page.locator('.entry:visible').count()} ")
    assert page.locator("[id='metric.gigabit_schools']").is_visible()
    assert not page.locator("[id='metric.fitness_pass_rate']").is_visible()
    box.fill("dim_area sort_order")
    assert page.locator("main tbody tr:visible th").all_inner_texts() == ["sort_order"]
    box.fill("这里没有")
    assert found.inner_text().startswith("0 ") and page.locator("main section:visible").count() == 0
    box.fill("")
    assert page.locator(".entry:visible").count() == page.locator(".entry").count()


def test_a_link_to_what_a_search_hides_ends_the_search(page: Page) -> None:
    box = page.get_by_role("searchbox")
    box.fill("dim_area sort_order")
    page.locator("a[href='#marts.dim_area']").first.click()
    assert box.input_value() == "dim_area sort_order"
    page.locator("nav a[href='#marts.dim_unit']").click()
    assert box.input_value() == "" and page.locator(".entry:visible").count() == page.locator(".entry").count()
    expect(page.locator("[id='marts.dim_unit']")).to_be_in_viewport()


def test_the_page_opens_with_which_table_answers_what_and_shows_examples(page: Page) -> None:
    assert page.locator("main h2").first.get_attribute("id") == "questions"
    assert page.locator("#questions + .entry a").count() >= 15
    assert "{" not in page.inner_text("main")


def test_every_link_leads_somewhere(page: Page, folder: Path) -> None:
    targets = page.locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(targets) > 100
    ids = set(page.locator("[id]").evaluate_all("each => each.map(e => e.id)"))
    for target in set(targets):
        assert target[1:] in ids if target.startswith("#") else (folder / target).is_file(), target


def test_everyone_can_read_the_page(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_workbook_says_the_same(released: Workplace, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "dictionary.xlsx", read_only=True)
    assert book.sheetnames == ["看哪张表", "数据表", "列", "报表", "代码", "指标", "检查"]
    rows = list(book["列"].iter_rows(min_row=2, values_only=True))
    columns = released.query(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() where not internal"
    )
    assert sorted(row[:2] for row in rows) == sorted(columns.itertuples(index=False, name=None))
    assert all(row[4] and row[5] and row[6] for row in rows), "中文, English and source"
    assert sum(1 for _ in book["指标"].iter_rows(min_row=2)) == 122


def test_dbts_own_pages_work_without_network(folder: Path) -> None:
    asked: list[str] = []
    with chromium_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{(folder / 'dbt.html').as_uri()}#!/model/model.edu.metric_values")
        page.get_by_role("heading", name="metric_values").first.wait_for()
        page.get_by_text("指标值。键：metric_id").first.wait_for()
        assert page.locator("tr", has_text="open_queries").first.inner_text().split()[1] == "INTEGER"
        page.goto(f"{(folder / 'dbt.html').as_uri()}#!/overview")
        page.get_by_role("heading", name="教育现代化监测").wait_for()
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
