"""The returns desk end to end: feedback goes out, explanations come back, corrections replace, and the history tells it all."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
import xlsxwriter
from openpyxl.workbook.defined_name import DefinedName

from ingest.contracts.contract import load_contracts
from ingest.reading.feedback_mark import MARK_NAME
from ingest.settings import PROJECT_DIR
from orchestration.desk.feedback import LISTED_MAX
from tests.integration.browser import chromium_page
from tests.integration.conftest import Workplace
from tests.pages import contents, elements, page_of, strings

COLLECTION = "2020-09"
HEADINGS = [
    "统计年度",
    "中小学教师年平均工资收入",
    "公务员年平均工资收入",
    "幼儿园劳动合同制教师人均年收入",
    "上一年度全社会单位在岗职工年平均工资",
]
UNDISPUTED = 110_000.0
FIRST_DAY = 1_609_459_200  # 2021-01-01 in UTC
DAY = 86_400


class Desk(Workplace):
    """A workplace whose units send pay returns and answer their feedback."""

    def send(
        self, unit: str, day: int, teacher_pay: float, civil_servant_pay: float = UNDISPUTED, top: int = 0
    ) -> Path:
        """A return that arrives on a day (counted from the first of 2021), its headings at row `top`."""
        return self.send_rows(unit, day, [[2020, teacher_pay, civil_servant_pay, 60_000.0, 90_000.0]], top)

    def send_rows(self, unit: str, day: int, rows: Sequence[Sequence[float | str]], top: int = 0) -> Path:
        """A return with these rows below its headings."""
        path = self._arrival(unit, f"教师待遇{day}.xlsx")
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("待遇")
            for number, row in enumerate([HEADINGS, *rows], start=top):
                sheet.write_row(number, 0, row)
        self._touch(path, day)
        return path

    def feedback(self, unit: str) -> Path:
        """The one feedback workbook of a unit's return."""
        (path,) = (self.data / "feedback" / COLLECTION / unit).glob("教师待遇情况表 教师待遇*.xlsx")
        return path

    def send_back(self, book: openpyxl.Workbook, unit: str, day: int) -> None:
        path = self._arrival(unit, f"反馈{day}.xlsx")
        book.save(path)
        self._touch(path, day)

    def issues(self, unit: str) -> list[tuple[str, str | None]]:
        """Checks and explanations of a unit's issues."""
        rows = self.query(
            f"select check_id, explanation from quality.issues where unit_code = '{unit}' and collection_id = '{COLLECTION}'"
        )
        told = rows.explanation.astype(object).where(rows.explanation.notna(), None)
        return [(check, text or None) for check, text in zip(rows.check_id, told, strict=True)]

    def status(self, unit: str) -> str:
        where = f"unit_code = '{unit}' and collection_id = '{COLLECTION}' and form = 'pay'"
        return str(self.query(f"select status from quality.return_status where {where}").status.item())

    def _arrival(self, unit: str, name: str) -> Path:
        folder = self.landing / COLLECTION / unit
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def _touch(self, path: Path, day: int) -> None:
        os.utime(path, (FIRST_DAY + day * DAY,) * 2)


def explain(path: Path, sheet: str, number: str, text: str) -> openpyxl.Workbook:
    """The feedback workbook with `text` as the explanation of the query whose 编号 begins with `number`."""
    book = openpyxl.load_workbook(path)
    rows = list(book[sheet].iter_rows())
    heading = next(row for row in rows if {"编号", "说明"} <= {cell.value for cell in row})
    at = {cell.value: cell.column - 1 for cell in heading}
    (row,) = [
        row for row in rows if str(row[at["编号"]].value).startswith(number) and row[at["严重程度"]].value == "询问"
    ]
    row[at["说明"]].value = text
    row[at["说明"]].data_type = "s"  # a text that looks like a formula is what a clerk typed
    return book


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Six units sent returns with a pay that is a thousand times too small, and one a return that is wrong in every row."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    for unit in ("331002", "331003", "331004", "331022", "331023", "331024"):
        desk.send(unit, day=1, teacher_pay=125.5)
    desk.send_rows("331081", 1, [[2020, "不详", UNDISPUTED, 60_000.0, 90_000.0]] * (LISTED_MAX + 5))
    done = desk.refresh()
    assert done.returncode == 0, done.stderr
    return desk


@pytest.fixture(scope="module")
def after(before: Desk) -> Desk:
    """What the units sent back, and what they sent anew; refreshed once more."""
    answered = explain(before.feedback("331002"), "问题清单", "", "=cmd|' /C calc'!A0 已核对")
    answered["待遇"]["C2"] = 999
    before.send_back(answered, "331002", day=2)

    before.send_back(explain(before.feedback("331003"), "反馈", "cell.implausible", "均以千元计"), "331003", day=2)
    before.send("331003", day=3, teacher_pay=125.5, civil_servant_pay=120_000.0, top=4)

    before.send_back(explain(before.feedback("331004"), "问题清单", "", "已核对"), "331004", day=2)
    before.send("331004", day=3, teacher_pay=126.5)

    before.send_back(openpyxl.load_workbook(before.feedback("331002")), "331022", day=2)

    foreign = openpyxl.load_workbook(before.feedback("331023"))
    mark = str(foreign.defined_names[MARK_NAME].value)
    foreign.defined_names[MARK_NAME] = DefinedName(MARK_NAME, attr_text=re.sub("[0-9a-f]{64}", "0" * 64, mark))
    before.send_back(foreign, "331023", day=2)

    done = before.refresh()
    assert done.returncode == 0, done.stderr
    return before


def test_a_flood_of_issues_is_counted_and_listed_in_part(before: Desk) -> None:
    """The first rows are coloured; how many there are is said in full."""
    book = openpyxl.load_workbook(before.feedback("331081"))
    summary = {row[-1]: row for row in book["反馈"].iter_rows(values_only=True)}
    assert summary["cell.type:pay"][1] == LISTED_MAX + 5 == before.issues("331081").count(("cell.type", None))
    assert [row[1] for row in book["问题清单"].iter_rows(values_only=True)].count("类型不符") == LISTED_MAX
    fills = [book["待遇"].cell(row, 2).fill.patternType for row in (2, LISTED_MAX + 1, LISTED_MAX + 2)]
    assert fills == ["solid", "solid", None]


def test_feedback_is_private_and_no_part_of_the_release(before: Desk) -> None:
    path = before.feedback("331024")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [path.name for path in before.current.rglob("*.xlsx")] == ["dictionary.xlsx"]
    book = openpyxl.load_workbook(path)
    assert book["待遇"]["B2"].value == 125.5 and book["待遇"]["C2"].value == UNDISPUTED
    assert "数值可疑" in book["待遇"]["B2"].comment.text


def test_an_explained_query_is_no_longer_open(after: Desk) -> None:
    assert ("cell.implausible", "=cmd|' /C calc'!A0 已核对") in after.issues("331002")
    assert after.status("331002") == "accepted"
    assert after.issues("331024") == [("cell.implausible", None)]
    assert after.status("331024") == "queried"


def test_what_was_changed_in_a_feedback_workbook_is_not_read(after: Desk) -> None:
    facts = after.query(
        f"select civil_servant_pay from marts.fct_pay where unit_code = '331002' and collection_id = '{COLLECTION}'"
    )
    assert facts.civil_servant_pay.tolist() == [UNDISPUTED]
    told = after.query("select unit_code, message_zh from quality.issues where check_id = 'document.feedback_changed'")
    assert told.unit_code.tolist() == ["331002"]
    assert "待遇!C2" in told.message_zh[0] and "自己的工作簿" in told.message_zh[0]


def test_an_explanation_holds_while_the_value_does_not_change(after: Desk) -> None:
    assert after.issues("331003") == [("cell.implausible", "均以千元计")]
    assert after.status("331003") == "accepted"
    assert after.issues("331004") == [("cell.implausible", None)]
    assert after.status("331004") == "queried"


def test_feedback_that_belongs_elsewhere_is_rejected_with_the_reason(after: Desk) -> None:
    rejected = after.query(
        "select unit_code, reason from quality.documents where status = 'rejected' order by unit_code"
    )
    assert rejected.unit_code.tolist() == ["331022", "331023"]
    assert "331002" in rejected.reason[0] and "从未在本文件夹收到" in rejected.reason[1]
    assert ("cell.implausible", None) in after.issues("331023")


def test_feedback_follows_what_there_is_to_say(after: Desk) -> None:
    """Of a replaced document it is gone; an explanation stands in it, as text; what has not changed is not written again."""
    assert after.feedback("331003").name.startswith("教师待遇情况表 教师待遇3（反馈 ")
    book = openpyxl.load_workbook(after.feedback("331002"))
    written = [cell for row in book["问题清单"].iter_rows() for cell in row if "calc" in str(cell.value)]
    assert [cell.data_type for cell in written] == ["s"]
    made = {path: path.stat().st_mtime_ns for path in (after.data / "feedback").rglob("*（反馈 *.xlsx")}
    after.send("331099", day=4, teacher_pay=UNDISPUTED)
    assert after.refresh().returncode == 0
    assert {path: path.stat().st_mtime_ns for path in (after.data / "feedback").rglob("*（反馈 *.xlsx")} == made


def test_every_unit_gets_its_page_workbook_and_zip_and_they_agree_with_the_release(after: Desk) -> None:
    """Forms, rows and receipts as the release has them; links to files that are there; all of it in the zip; readable by the owner."""
    place = "collection_id = '{}' and unit_code = '{}'"
    forms = {contract.form: contract.name_zh for contract in load_contracts().values()}
    for folder in (
        path for path in (after.data / "feedback").glob("*/*") if path.name in ("331002", "331081", "331099")
    ):
        where = place.format(folder.parent.name, folder.name)
        page = page_of((folder / "报送情况.html").read_text(encoding="utf-8"))
        told = {
            contents(row, "th")[0]: strings(row, "td[@class='number']/text()")
            for row in elements(page, "//section[@id='forms']//tbody/tr")
        }
        owed = after.query(f"select form, rows_accepted, rows_quarantined from quality.return_status where {where}")
        assert {form: [int(number.replace(",", "")) for number in numbers[:2]] for form, numbers in told.items()} == {
            forms[form]: [accepted, aside] for form, accepted, aside in owed.itertuples(index=False)
        }
        sent = after.query(f"select count(*) n from quality.documents where {where}").n.item()
        assert len(elements(page, "//section[@id='files']//tbody/tr")) == sent
        links = {unquote(link) for link in strings(page, "//a/@href") if not link.startswith("#")}
        assert all((folder / link).is_file() for link in links)
        (bundle,) = folder.glob("*.zip")
        with zipfile.ZipFile(bundle) as inside:
            assert set(inside.namelist()) == {"报送情况.html", "报送情况.xlsx"} | links
            assert all(inside.read(name) == (folder / name).read_bytes() for name in inside.namelist())
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not list(after.current.rglob("报送情况*"))


@pytest.mark.parametrize("size", [(1400, 900), (390, 844)])
def test_a_units_page_fits_a_screen_and_leads_to_its_feedback(after: Desk, size: tuple[int, int]) -> None:
    folder = after.data / "feedback" / COLLECTION / "331081"
    with chromium_page(size) as page:
        page.goto((folder / "报送情况.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert "现在要办的" in page.inner_text("main")
        link = page.locator("#first a").first
        assert link.is_visible() and Path(unquote(link.evaluate("each => new URL(each.href).pathname"))).is_file()


def test_days_go_on_counting_when_nothing_is_new(after: Desk) -> None:
    page = after.data / "feedback" / COLLECTION / "331099" / "报送情况.html"
    days = [int(found) for found in re.findall("已逾期 ([0-9]+) 天", page.read_text(encoding="utf-8"))]
    assert after.refresh(EDU_TODAY="2030-01-01").returncode == 0
    later = [int(found) for found in re.findall("已逾期 ([0-9]+) 天", page.read_text(encoding="utf-8"))]
    assert days and len(later) == len(days) and all(one < other for one, other in zip(days, later, strict=True))


def test_every_version_and_what_changed_in_it_is_on_record(after: Desk) -> None:
    where = f"unit_code = '331003' and collection_id = '{COLLECTION}'"
    versions = after.query(
        f"select version_no, status, rows_standing from quality.document_versions where {where} order by 1"
    )
    assert versions.to_records(index=False).tolist() == [(1, "replaced", 0), (2, "current", 1)]
    changes = after.query(f"select * from quality.document_changes where {where}").iloc[0]
    assert (changes.rows_added, changes.rows_removed, changes.rows_changed, changes.cells_changed) == (0, 0, 1, 1)
    cells = after.query(f"select row_key, column_name, previous_value, value from quality.cell_changes where {where}")
    assert cells.to_records(index=False).tolist() == [("2020", "civil_servant_pay", "110000", "120000")]


def test_a_value_can_be_traced_to_the_rows_behind_it(after: Desk) -> None:
    """With the query of the README: document, sheet and rows that a unit's value rests on; the archive has the bytes."""
    readme = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
    found = re.search(r"    select lineage.document_id, path, form_zh, sheet.*?'331002'\n", readme, re.DOTALL)
    assert found
    question = found[0].replace("fitness_pass_rate", "teacher_civil_servant_pay_ratio")
    lineage = after.query(question.replace("2022-09", COLLECTION).replace("331002", "331003"))
    ((document_id, path, *rows),) = lineage.itertuples(index=False, name=None)
    assert rows == ["教师待遇情况表", "待遇", 1, 6, 6]
    archived = (after.data / "archive" / document_id[:2] / document_id).read_bytes()
    assert archived == (after.landing / path).read_bytes()


def test_the_board_says_whom_to_remind_of_what(after: Desk) -> None:
    page = (after.data / "desk" / "board.html").read_text(encoding="utf-8")
    assert "逾期" in page and "待说明" in page
    assert stat.S_IMODE((after.data / "desk" / "board.html").stat().st_mode) == 0o600
