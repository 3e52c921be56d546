"""The board says how every return stands on a day, in the same words on the page, in the workbook and in Dagster."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import openpyxl
import pytest

from ingest.errors import ReleaseError
from ingest.settings import Settings
from orchestration.assets.desk import build_board_asset
from orchestration.desk.board import __main__ as command
from orchestration.desk.board.page import as_html
from orchestration.desk.board.reminder import reminder
from orchestration.desk.board.status import Board, read_board
from orchestration.desk.board.workbook import CHASE_COLUMNS
from orchestration.desk.board.write import write_board
from orchestration.resources import PipelineResource
from tests.pages import contents, element, elements, page_of, strings

TODAY = date(2020, 11, 20)
TABLES = """
create schema marts; create schema quality;
create table marts.dim_unit as
    select * from (values ('331000', '台州市本级'), ('331002', '椒江区'), ('331003', '黄<岩>区')) as t (unit_code, name_zh);
create table marts.dim_collection as select *, opens_on as reference_date from (values
    ('2019-09', '2019学年', date '2019-09-01', date '2019-10-31', date '2020-01-31', date '2020-02-28'),
    ('2020-09', '2020学年', date '2020-09-01', date '2020-10-31', date '2021-01-31', date '2021-02-28'),
    ('2021-09', '2021学年', date '2021-09-01', date '2021-10-31', date '2022-01-31', date '2022-02-28')
) as t (collection_id, name_zh, opens_on, due_on, year_end_due_on, closes_on);
create table quality.documents as select
    'd0123456789ab' as document_id, '2020-09' as collection_id, '331003' as unit_code, '2020-09/331003/甲<乙.xlsx' as path,
    '发错了' as reason, true as is_set_aside;
create table quality.return_status as select * from (values
    ('2020-09', '331000', 'school_register', 'accepted', date '2020-10-31', timestamp '2020-10-01 20:30:00', 8, 0, 0, 0),
    ('2020-09', '331000', 'recognitions', 'queried', date '2021-01-31', timestamp '2020-10-02 01:00:00', 400, 0, 3, 0),
    ('2020-09', '331002', 'school_register', 'received', date '2020-10-31', timestamp '2020-10-03 01:00:00', 20, 2, 1, 0),
    ('2020-09', '331002', 'student_roster', 'received', date '2020-10-31', timestamp '2020-10-03 01:00:00', 900, 7, 0, 4),
    ('2020-09', '331002', 'pay', 'missing', date '2021-01-31', null, 0, 0, 0, 0),
    ('2020-09', '331003', 'school_register', 'missing', date '2020-10-31', null, 0, 0, 0, 0),
    ('2020-09', '331003', 'student_roster', 'rejected', date '2020-10-31', timestamp '2020-10-04 01:00:00', 0, 9, 0, 0),
    ('2019-09', '331002', 'pay', 'overdue', date '2020-01-31', null, 0, 0, 0, 0),
    ('2021-09', '331002', 'pay', 'not_due', date '2022-01-31', null, 0, 0, 0, 0)
) as t (collection_id, unit_code, form, status, due_on, received_at, rows_accepted, rows_quarantined, queries, schools_missing);
"""
UNITS = ["台州市本级", "椒江区", "黄<岩>区"]


@pytest.fixture
def release(settings: Settings) -> Path:
    """A release with a few returns in every status; the missing register of 黄岩 was not late yet when it was made."""
    folder = settings.published_dir / "releases" / "r1"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as db:
        db.execute(TABLES)
    (settings.published_dir / "current").symlink_to(Path("releases") / "r1")
    return folder


@pytest.fixture
def board(release: Path) -> Board:
    return read_board(release, TODAY)


@pytest.fixture
def at(settings: Settings) -> Settings:
    return replace(settings, today=TODAY)


def test_what_has_not_arrived_is_judged_by_the_day_of_the_board(release: Path) -> None:
    def register(today: date) -> tuple[str, int, str]:
        (year,) = (each for each in read_board(release, today).rounds if each.collection_id == "2020-09")
        found = year.returns["331003", "school_register"]
        return found.status, found.days_overdue, found.text

    assert register(date(2020, 8, 31)) == ("not_due", 0, "未到期")
    assert register(date(2020, 10, 31)) == ("missing", 0, "缺报 10-31 到期")
    assert register(date(2020, 11, 1)) == ("overdue", 1, "逾期 1 天")
    assert register(TODAY) == ("overdue", 20, "逾期 20 天")


def test_every_status_has_its_figures(board: Board) -> None:
    returns = {(r.collection_id, *place): each.text for r in board.rounds for place, each in r.returns.items()}
    assert returns == {
        ("2020-09", "331000", "school_register"): "已采用",
        ("2020-09", "331000", "recognitions"): "待说明 3 条",
        ("2020-09", "331002", "school_register"): "待更正 2 行",
        ("2020-09", "331002", "student_roster"): "待更正 7 行、4 所学校",
        ("2020-09", "331002", "pay"): "缺报 01-31 到期",
        ("2020-09", "331003", "school_register"): "逾期 20 天",
        ("2020-09", "331003", "student_roster"): "拒收 逾期 20 天",
        ("2019-09", "331002", "pay"): "逾期 294 天",
        ("2021-09", "331002", "pay"): "未到期",
    }


def test_the_open_collection_comes_first_and_one_that_has_not_begun_last(release: Path, board: Board) -> None:
    assert [each.collection_id for each in board.rounds] == ["2020-09", "2019-09", "2021-09"]
    assert [each.collection_id for each in board.current] == ["2020-09"]
    assert [each.collection_id for each in read_board(release, date(2021, 6, 1)).current] == ["2020-09"]
    assert board.counts == {"accepted": 1, "queried": 1, "received": 2, "missing": 1, "overdue": 1, "rejected": 1}


def test_units_are_reminded_of_what_they_owe_the_most_pressing_first(board: Board) -> None:
    chase = {
        unit: [(status, [each.form for each in returns]) for status, returns in by_status.items()]
        for unit, by_status in board.rounds[0].to_chase.items()
    }
    assert chase == {
        "331000": [("queried", ["recognitions"])],
        "331002": [("missing", ["pay"]), ("received", ["school_register", "student_roster"])],
        "331003": [("overdue", ["school_register"]), ("rejected", ["student_roster"])],
    }
    assert board.rounds[2].to_chase == {}


def test_a_reminder_says_what_is_owed_by_when_how_late_and_what_to_do(board: Board) -> None:
    assert reminder(board, board.rounds[0], "331002").splitlines() == [
        "椒江区：截至 2020-11-20，2020学年报送还有 3 张表要办理，最长的已过到期日 20 天。",
        "1. 尚未报送，请按期报送（缺报 1 张）：2021-01-31 到期（还有 72 天）的教师待遇情况表。",
        "2. 待更正，请按反馈表改正后重新报送完整的表（待更正 2 张）：2020-10-31 到期（已过 20 天）的"
        "学校名录（2 行未采用，1 条待说明）、学生名册（7 行未采用，4 所学校未报）。",
        "详见随附的“报送情况”和反馈表。",
    ]
    assert "逾期未报，请立即报送" in reminder(board, board.rounds[0], "331003")
    assert reminder(board, board.rounds[2], "331002") == ""


def test_the_page_shows_every_unit_and_form_once_a_collection(board: Board) -> None:
    page = page_of(as_html(board))
    assert page.get("lang") == "zh-CN"
    sections = elements(page, "//section[starts-with(@id, 'c')]")
    assert [section.get("id") for section in sections] == ["c2020-09", "c2019-09", "c2021-09"]
    for section, collection in zip(sections, board.rounds, strict=True):
        columns = elements(section, ".//table/thead/tr/th")
        assert {th.get("scope") for th in columns} == {"col"}
        assert [(th.text or "").strip() for th in columns] == ["单位", *board.forms.values()]
        rows = elements(section, ".//table/tbody/tr")
        assert [element(row, "th").text_content() for row in rows] == UNITS
        assert {element(row, "th").get("scope") for row in rows} == {"row"}
        shown = {
            (unit, form): (cell.text_content(), cell.get("class"))
            for unit, row in zip(board.units, rows, strict=True)
            for form, cell in zip(board.forms, elements(row, "td"), strict=True)
        }
        for place, (text, look) in shown.items():
            found = collection.returns.get(place)
            assert (text, look) == ((found.text, found.status) if found else ("—", "none"))


def test_the_page_tells_whom_to_remind_of_what_and_needs_nothing_else(board: Board) -> None:
    text = as_html(board)
    page = page_of(text)
    reminders = {
        article.findtext("h4"): " ".join(element(article, "dl").text_content().split())
        for article in elements(page, "//section[@id='c2020-09']//article")
    }
    assert reminders == {
        "台州市本级": "待说明 创建与认定名单（3 条）",
        "椒江区": "缺报 教师待遇情况表（01-31 到期） 待更正 学校名录（2 行）、 学生名册（7 行、4 所学校）",
        "黄<岩>区": "逾期 学校名录（20 天） 拒收 学生名册（逾期 20 天）",
    }
    assert next(iter(reminders)) == "黄<岩>区", "the overdue first"
    assert strings(page, "//section[@id='c2020-09']//pre/text()")[0] == reminder(board, board.rounds[0], "331003")
    assert "没有要催办的" in element(page, "//section[@id='c2021-09']").text_content()
    assert not elements(page, "//script | //link | //a | //img") and "http" not in text and "url(" not in text
    assert strings(page, "//time[1]/text()")[0] == "2020-11-20"
    counted = contents(page, "(//table[@class='summary']/tbody/tr)[1]/*")
    assert counted == ["2020学年", "1", "1", "1", "2", "1", "1", "0"]


def test_markdown_has_the_open_collection_with_a_row_for_each_unit(board: Board) -> None:
    lines = board.as_markdown().splitlines()
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in lines if line.startswith("|")}
    assert set(rows) == {"单位", "---", *UNITS}
    assert {line.count("|") for line in rows.values()} == {len(board.forms) + 2}
    assert rows["椒江区"].startswith("| 椒江区 | 待更正 2 行 | 待更正 7 行、4 所学校 | — |")
    assert [line for line in lines if line.startswith("###")] == ["### 2020学年"]


@pytest.mark.usefixtures("release")
def test_the_workbook_lists_what_to_chase_and_shows_every_matrix(at: Settings, board: Board) -> None:
    book = openpyxl.load_workbook(write_board(at) / "board.xlsx")
    assert book.sheetnames == ["催办清单", "催办文字", "2020学年", "2019学年", "2021学年"]
    sheet = book["催办清单"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows[0] == list(CHASE_COLUMNS)
    received, due = datetime(2020, 10, 3, 9), datetime(2020, 10, 31)
    assert [(row[0], row[1], row[3]) for row in rows[1:]] == [
        ("2020学年", "黄<岩>区", "逾期"),
        ("2020学年", "椒江区", "缺报"),
        ("2020学年", "黄<岩>区", "拒收"),
        ("2020学年", "椒江区", "待更正"),
        ("2020学年", "椒江区", "待更正"),
        ("2020学年", "台州市本级", "待说明"),
        ("2019学年", "椒江区", "逾期"),
    ], "the overdue first"
    assert rows[1] == ["2020学年", "黄<岩>区", "学校名录", "逾期", due, 20, None, 0, 0, 0, 0]
    assert rows[5] == ["2020学年", "椒江区", "学生名册", "待更正", due, 0, received, 900, 7, 0, 4]
    assert rows[6][6] == datetime(2020, 10, 2, 9), "01:00 UTC in Asia/Shanghai"
    texts = [row[2] for row in book["催办文字"].iter_rows(min_row=4, values_only=True)]
    assert texts == [reminder(board, board.rounds[0], unit) for unit in ("331003", "331002", "331000")]
    assert sheet.auto_filter.ref == f"A3:K{2 + len(rows)}"
    matrix = [[cell.value for cell in row] for row in book["2020学年"].iter_rows(min_row=3)]
    assert matrix[0] == ["单位", *board.forms.values()] and [row[0] for row in matrix[1:]] == UNITS
    assert matrix[2][1:4] == ["待更正 2 行", "待更正 7 行、4 所学校", "—"]


@pytest.mark.usefixtures("release")
def test_files_are_their_owners_and_replaced_whole(at: Settings) -> None:
    folder = write_board(at)
    assert folder == at.data_dir / "desk"
    write_board(replace(at, today=date(2020, 11, 21)))
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "board.html": 0o600,
        "board.xlsx": 0o600,
    }
    assert '截至 <time datetime="2020-11-21">' in (folder / "board.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("release")
def test_the_asset_shows_board_paths_and_counts(at: Settings) -> None:
    overrides = {"EDU_DATA_DIR": str(at.data_dir), "EDU_TODAY": TODAY.isoformat()}
    result = dg.materialize([build_board_asset()], resources={"pipeline": PipelineResource(overrides=overrides)})
    (event,) = result.asset_materializations_for_node("desk__board")
    assert "| 黄<岩>区 | 逾期 20 天 | 拒收 逾期 20 天 |" in str(event.metadata["board"].value)
    assert event.metadata["page"].value == str(at.data_dir / "desk" / "board.html")
    assert [event.metadata[word].value for word in ("待更正", "已采用", "未到期")] == [2, 1, 0]


def test_before_the_first_release_the_command_says_what_to_do(
    at: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ReleaseError, match="make refresh"):
        write_board(at)
    monkeypatch.setattr(command, "load_settings", lambda: at)
    assert command.main() == 1
    assert "make refresh" in capsys.readouterr().err
    assert not (at.data_dir / "desk").exists()


@pytest.mark.usefixtures("release")
def test_the_command_says_where_the_board_is(
    at: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load_settings", lambda: at)
    assert command.main() == 0
    assert str(at.data_dir / "desk") in capsys.readouterr().out


def test_documents_that_were_set_aside_are_listed_with_their_reason(board: Board) -> None:
    row = element(page_of(as_html(board)), "//section[@id='set-aside']//tbody/tr")
    assert contents(row, "*") == ["黄<岩>区", "2020-09/331003/甲<乙.xlsx", "d0123456789a", "发错了"]
    assert "已搁置" not in as_html(replace(board, set_aside=()))
