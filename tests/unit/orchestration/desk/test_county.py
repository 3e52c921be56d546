"""A unit's page, workbook and zip say how it stands on a day, lead to its feedback, and are written when they say something new."""

from __future__ import annotations

import os
import stat
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import duckdb
import openpyxl
import pytest

from ingest.errors import ReleaseError
from ingest.settings import Settings
from orchestration.desk.county.page import as_html
from orchestration.desk.county.standing import Standing, read_standings
from orchestration.desk.county.write import write_county_pages
from tests.pages import contents, element, elements, page_of, strings

TODAY = date(2020, 11, 20)
LATE = "文件在 2020-11-01 截止之后收到，已采用，请说明原因。"
TABLES = f"""
create schema marts; create schema quality;
create table marts.dim_unit as select * from (values ('331002', '椒<江>区'), ('331003', '黄岩区')) as t (unit_code, name_zh);
create table marts.dim_collection as select *, opens_on as reference_date from (values
    ('2020-09', '2020学年', date '2020-09-01', date '2020-10-31', date '2021-01-31', date '2021-02-28'),
    ('2021-09', '2021学年', date '2021-09-01', date '2021-10-31', date '2022-01-31', date '2022-02-28')
) as t (collection_id, name_zh, opens_on, due_on, year_end_due_on, closes_on);
create table quality.documents as select *, '2020-09' as collection_id, false as is_set_aside from (values
    ('{"a" * 64}', '331002', '2020-09/331002/夹/名录.xlsx', timestamp '2020-10-01 20:30:00', 'accepted', '采用', null, 'school_register', 20, 18, 2),
    ('{"b" * 64}', '331002', '2020-09/331002/名<册>.xlsx', timestamp '2020-10-02 20:30:00', 'accepted', '采用', null, 'pay;disabled_children', 9, 9, 0),
    ('{"c" * 64}', '331002', '2020-09/331002/扫描件.xlsx', timestamp '2020-10-03 20:30:00', 'rejected', '拒收', '文件是图片', null, 0, 0, 0),
    ('{"d" * 64}', '331002', '2020-09/331002/待遇.xlsx', timestamp '2020-10-04 20:30:00', 'accepted', '采用', null, 'pay', 1, 1, 0)
) as t (document_id, unit_code, path, received_at, status, status_zh, reason, forms, rows_read, rows_accepted, rows_quarantined);
create table quality.document_versions as select *, '2020-09' as collection_id, '331002' as unit_code from (values
    ('{"a" * 64}', 'school_register', timestamp '2020-10-01 20:30:00', 20),
    ('{"b" * 64}', 'disabled_children', timestamp '2020-10-02 20:30:00', 8),
    ('{"b" * 64}', 'pay', timestamp '2020-10-02 20:30:00', 0),
    ('{"d" * 64}', 'pay', timestamp '2020-10-04 20:30:00', 1)
) as t (document_id, form, received_at, rows_standing);
create table quality.issues as select *, '2020-09' as collection_id, '331002' as unit_code, false as is_replaced from (values
    ('{"a" * 64}', '1', 'school_register', '表', 3, 'town', 'B3', 'cell.required', 'error', '“乡镇”不能为空。请补填。', null, null),
    ('{"a" * 64}', '2', 'school_register', '表', 4, 'town', 'B4', 'cell.required', 'error', '“乡镇”不能为空。请补填。', null, null),
    ('{"a" * 64}', '3', null, null, null, null, null, 'document.after_close', 'query', '{LATE}', null, null),
    ('{"b" * 64}', '4', null, null, null, null, null, 'document.after_close', 'query', '{LATE}', null, null),
    ('{"b" * 64}', '5', 'pay', '表', null, '电话', null, 'document.unknown_column', 'query', '列“电话”未采用。', null, null),
    ('{"b" * 64}', '6', 'pay', '表', 2, 'x', 'C2', 'cell.implausible', 'query', '请核对。', null, '已核对'),
    ('{"c" * 64}', '7', null, null, null, null, null, 'document.unreadable', 'fatal', '文件是图片。请重新导出后再报送。', null, null)
) as t (document_id, issue_no, form, sheet, row_number, column_name, cell, check_id, severity, message_zh, value_masked, explanation);
create table quality.return_status as select * from (values
    ('2020-09', '331002', 'school_register', 'received', date '2020-10-31', timestamp '2020-10-01 20:30:00', 18, 2, 1, 0),
    ('2020-09', '331002', 'disabled_children', 'accepted', date '2020-10-31', timestamp '2020-10-02 20:30:00', 8, 0, 0, 0),
    ('2020-09', '331002', 'pay', 'accepted', date '2021-01-31', timestamp '2020-10-04 20:30:00', 1, 0, 0, 0),
    ('2020-09', '331002', 'student_roster', 'missing', date '2020-10-31', null, 0, 0, 0, 0),
    ('2020-09', '331002', 'recognitions', 'missing', date '2021-01-31', null, 0, 0, 0, 0),
    ('2020-09', '331003', 'pay', 'accepted', date '2021-01-31', timestamp '2020-10-04 20:30:00', 1, 0, 0, 0)
) as t (collection_id, unit_code, form, status, due_on, received_at, rows_accepted, rows_quarantined, queries, schools_missing);
"""  # noqa: E501 -- a table reads best with a row a line
WORKBOOKS = ["名_册_（反馈 bbbbbbbb）.xlsx", "学校名录 名录（反馈 aaaaaaaa）.xlsx", "扫描件（反馈 cccccccc）.xlsx"]


@pytest.fixture
def at(settings: Settings) -> Settings:
    """On a day with a release, and the feedback workbooks that it gave."""
    folder = settings.published_dir / "releases" / "r1"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as db:
        db.execute(TABLES)
    (settings.published_dir / "current").symlink_to(Path("releases") / "r1")
    for name in WORKBOOKS:
        path = settings.data_dir / "feedback" / "2020-09" / "331002" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"PK")
    return replace(settings, today=TODAY)


@pytest.fixture
def standing(at: Settings) -> Standing:
    return next(read_standings(at, at.published_dir / "current"))


def folder(at: Settings, unit_code: str) -> Path:
    return at.data_dir / "feedback" / "2020-09" / unit_code


def test_each_form_has_its_days_and_the_documents_that_it_rests_on(standing: Standing) -> None:
    assert [
        (each.form_zh, each.state.status, each.days, [(file.name, rows) for file, rows in each.rests_on])
        for each in standing.owed
    ] == [
        ("学生名册", "overdue", "已逾期 20 天", []),
        ("创建与认定名单", "missing", "还有 72 天", []),
        ("学校名录", "received", "已逾期 20 天", [("夹/名录.xlsx", 20)]),
        ("残疾儿童少年入学情况表", "accepted", "", [("名<册>.xlsx", 8)]),
        ("教师待遇情况表", "accepted", "", [("待遇.xlsx", 1)]),
    ]


def test_what_to_mend_comes_the_worst_first_and_the_same_once(standing: Standing) -> None:
    """What is explained and notes are left out."""
    assert [(each.word, each.times, each.text, each.places) for each in standing.to_mend] == [
        ("拒收", "1 处", "文件是图片。请重新导出后再报送。", "扫描件.xlsx"),
        ("错误", "2 处", "“乡镇”不能为空。请补填。", "夹/名录.xlsx"),
        ("询问", "2 处", LATE, "名<册>.xlsx 等 2 个文件"),
    ]


def test_every_document_has_its_receipt(standing: Standing) -> None:
    assert [(f.name, f"{f.received_at:%m-%d %H:%M}", f.rows_accepted, f.workbook or f.verdict) for f in standing.files] == [
        ("待遇.xlsx", "10-05 04:30", 1, "没有问题"),
        ("扫描件.xlsx", "10-04 04:30", 0, WORKBOOKS[2]),
        ("名<册>.xlsx", "10-03 04:30", 9, WORKBOOKS[0]),
        ("夹/名录.xlsx", "10-02 04:30", 18, WORKBOOKS[1]),
    ]  # fmt: skip


def test_only_collections_that_have_begun_have_pages(at: Settings) -> None:
    assert [each.place for each in read_standings(at, at.published_dir / "current")] == [
        ("2020-09", "331002"),
        ("2020-09", "331003"),
    ]


def test_the_page_needs_nothing_else_and_its_links_lead_somewhere(at: Settings) -> None:
    write_county_pages(at)
    text = (folder(at, "331002") / "报送情况.html").read_text(encoding="utf-8")
    page = page_of(text)
    assert page.get("lang") == "zh-CN" and contents(page, "//h1") == ["椒<江>区 2020学年 报送情况"]
    assert not elements(page, "//script | //link | //img") and "http" not in text and "url(" not in text
    links = strings(page, "//a/@href")
    assert {link for link in links if link.startswith("#")} <= {f"#{anchor}" for anchor in strings(page, "//tr/@id")}
    assert {unquote(link) for link in links if not link.startswith("#")} == set(WORKBOOKS)


def test_a_unit_with_nothing_at_fault_has_a_page_too(at: Settings) -> None:
    write_county_pages(at)
    page = page_of((folder(at, "331003") / "报送情况.html").read_text(encoding="utf-8"))
    assert "没有要办的" in element(page, "//section[@id='first']").text_content()
    assert "还没有收到文件" in element(page, "//section[@id='files']").text_content()


def test_the_page_names_the_first_and_counts_the_rest(standing: Standing) -> None:
    many = replace(standing, to_mend=[replace(standing.to_mend[0], text=f"第{n}种") for n in range(14)])
    assert "第11种" in as_html(many) and "第12种" not in as_html(many) and "另有 2 类问题" in as_html(many)


def test_the_workbook_says_the_same_and_links_the_feedback(at: Settings) -> None:
    write_county_pages(at)
    book = openpyxl.load_workbook(folder(at, "331002") / "报送情况.xlsx")
    assert book.sheetnames == ["报送情况", "先改正的", "收到的文件"]
    forms = list(book["报送情况"].iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[1], row[3], row[4], row[5]) for row in forms][:3] == [
        ("学生名册", "逾期", "已逾期 20 天", 0, 0),
        ("创建与认定名单", "缺报", "还有 72 天", 0, 0),
        ("学校名录", "待更正", "已逾期 20 天", 18, 2),
    ]
    links = [row[-1].hyperlink for row in book["收到的文件"].iter_rows(min_row=4)]
    targets = [link and link.target.replace("%20", " ") for link in links]
    assert targets == [None, WORKBOOKS[2], WORKBOOKS[0], WORKBOOKS[1]]


def test_the_zip_holds_all_there_is_to_send_and_everything_is_its_owners(at: Settings) -> None:
    write_county_pages(at)
    (bundle,) = folder(at, "331002").glob("*.zip")
    assert bundle.name == "椒_江_区2020学年报送情况与反馈.zip"
    assert set(zipfile.ZipFile(bundle).namelist()) == {"报送情况.html", "报送情况.xlsx", *WORKBOOKS}
    ours = ("报送情况.html", "报送情况.xlsx", bundle.name)
    assert {stat.S_IMODE((bundle.parent / name).stat().st_mode) for name in ours} == {0o600}


def test_what_has_not_changed_is_not_written_again(at: Settings) -> None:
    first = write_county_pages(at)
    assert (first.written, first.kept, first.zips) == (2, 0, 2)
    again = write_county_pages(at)
    assert (again.written, again.kept, again.zips) == (0, 2, 0)
    (folder(at, "331002") / WORKBOOKS[0]).write_bytes(b"PK more")
    assert write_county_pages(at).zips == 1
    next_day = write_county_pages(replace(at, today=date(2020, 11, 21)))
    assert (next_day.written, next_day.zips) == (2, 2), "days go on counting"


def test_a_damaged_or_old_zip_gives_way(at: Settings) -> None:
    write_county_pages(at)
    (bundle,) = folder(at, "331002").glob("*.zip")
    bundle.write_bytes(b"damaged")
    old = bundle.with_name("旧名报送情况与反馈.zip")
    old.write_bytes(b"")
    os.utime(bundle)
    assert write_county_pages(at).zips == 1
    assert zipfile.is_zipfile(bundle) and not old.exists()


def test_before_the_first_release_it_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="make refresh"):
        write_county_pages(settings)
