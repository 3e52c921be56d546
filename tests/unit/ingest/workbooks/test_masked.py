"""Own sheets: what identifies a person is masked wherever it stands, everything else keeps type, value and place."""

import datetime as dt
import re
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from ingest.checking.issues import NOT_SHOWN
from ingest.contracts.contract import load_contracts
from ingest.reading.reader import Reader
from ingest.reference import load_reference
from ingest.workbooks import masked
from ingest.workbooks.masked import Row, masked_sheets, without_long_digits

Write = Callable[..., Path]
READER = Reader(load_contracts(), load_reference())
ID = "331002201403051234"
ROSTER = ["学籍号", "姓名", "身份证件号", "性别", "出生日期", "学校标识码", "年级", "班级"]
PUPIL = [f"G{ID}", "林小禾", ID, "女", "2014-03-05", "3310020001", "一年级", "1班"]
MASKED = ["G33100*********1234", NOT_SHOWN, NOT_SHOWN, "女", "2014-03", "3310020001", "一年级", "1班"]


def rows_of(path: Path) -> list[Row]:
    (sheet,) = masked_sheets(path, READER)
    return list(sheet.rows)


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A roster whose second page has its columns in another order."""
    turned = [ROSTER[2], ROSTER[1], ROSTER[0], *ROSTER[3:]]
    page = [PUPIL] * 15
    return csv(tmp_path_factory.mktemp("paged"), ["学生名册"] + [""] * 7, ROSTER, *page, turned, *page)


def csv(folder: Path, *rows: Sequence[str]) -> Path:
    path = folder / "a.csv"
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    return path


def test_each_rule_masks_its_column(write_xlsx: Write) -> None:
    assert rows_of(write_xlsx(("名册", [ROSTER, PUPIL])))[1] == MASKED


@given(st.sets(st.integers(1, 40)))
@settings(max_examples=20, deadline=None)
def test_rows_asked_for_look_as_they_do_among_all(paged: Path, wanted: set[int]) -> None:
    (sheet,) = masked_sheets(paged, READER)
    among_all = dict(enumerate(sheet.rows, start=1))
    shown = dict(sheet.rows_at(wanted))
    assert shown == {number: among_all[number] for number in among_all if number in wanted | {1, 2}}


@pytest.mark.parametrize(
    ("born", "shows"),
    [
        (dt.date(2014, 3, 5), "2014-03"),
        (41703, "2014-03"),
        ("2014年3月", "2014-03"),
        ("春天", NOT_SHOWN),
        (True, NOT_SHOWN),
    ],
)
def test_a_birth_date_shows_its_month_however_written(write_xlsx: Write, born: object, shows: str) -> None:
    assert rows_of(write_xlsx(("名册", [ROSTER, [*PUPIL[:4], born, *PUPIL[5:]]])))[1][4] == shows


def test_identifiers_held_as_numbers_are_masked(write_xlsx: Write) -> None:
    row = rows_of(
        write_xlsx(("名册", [ROSTER, [int(ID), "林小禾", int(ID), "女", "2014-03-05", 3310020001, int(ID), 1]]))
    )[1]
    assert row[1:3] == [NOT_SHOWN, NOT_SHOWN]
    assert all(re.fullmatch(r"331002\*{8}\d{4}", str(cell)) for cell in (row[0], row[6]))
    assert row[5] == 3310020001 and row[7] == 1


def test_short_identifiers_are_masked_whole(write_xlsx: Write) -> None:
    assert rows_of(write_xlsx(("名册", [ROSTER, ["G1234567890", *PUPIL[1:]]])))[1][0] == "*" * 11


def test_columns_that_the_form_does_not_know_are_masked_by_their_headings(write_xlsx: Write) -> None:
    headings = [*ROSTER, "姓名", "身份证号码*", "监护人姓名", "教师姓名", "联系方式"]
    row = rows_of(write_xlsx(("名册", [headings, [*PUPIL, "林小禾", "A1", "林大禾", "林老师", "校办"]])))[1]
    assert row[8:] == [NOT_SHOWN] * 5


def test_a_form_without_people_masks_a_column_of_people(write_xlsx: Write) -> None:
    rows = [["学校标识码", "招生计划数", "指标数", "身份证号"], ["3310020001", 100, 70, "A12"]]
    assert rows_of(write_xlsx(("名额", rows)))[1] == ["3310020001", 100, 70, NOT_SHOWN]


def test_a_merged_heading_holds_for_every_column_under_it(write_xlsx: Write) -> None:
    rows = [
        ["学籍号", "姓名", "", "基本信息", "", "", "", ""],
        ["", "姓", "名", *ROSTER[3:]],
        [f"G{ID}", "林", "小禾", *PUPIL[3:]],
    ]
    path = write_xlsx(("名册", rows), merges=[(0, 1, 0, 2)])
    shown = rows_of(path)
    assert shown[:2] == rows[:2]
    assert shown[2] == [MASKED[0], NOT_SHOWN, NOT_SHOWN, *MASKED[3:]]


def test_a_group_over_other_columns_masks_none_of_them(write_xlsx: Write) -> None:
    rows = [
        ["学籍号", "姓名", "", "", "", "", ""],
        ["", "", "性别", "出生日期", "学校标识码", "年级", "班级"],
        [f"G{ID}", "林小禾", *PUPIL[3:]],
    ]
    assert rows_of(write_xlsx(("名册", rows)))[2] == [MASKED[0], NOT_SHOWN, *MASKED[3:]]


def test_titles_and_notes_about_persons_may_name_one_and_are_not_shown(write_xlsx: Write) -> None:
    rows = [["林小禾等登记表"], ["金额单位：元"], ROSTER, PUPIL, ["合计", "50", "", "50"], ["注：林小禾已转学"], ROSTER]
    shown = rows_of(write_xlsx(("名册", rows)))
    assert shown[0][0] == NOT_SHOWN and shown[5][0] == NOT_SHOWN
    assert shown[1][0] == "金额单位：元"
    assert shown[2] == ROSTER and shown[6] == ROSTER
    assert shown[4][:4] == ["合计", "50", "", "50"]


def test_titles_and_notes_of_forms_without_persons_stay_readable(write_xlsx: Write) -> None:
    rows = [["招生计划表"], ["学校标识码", "招生计划数", "指标数"], ["3310020001", 100, 70], ["注：学籍号见附件"]]
    shown = rows_of(write_xlsx(("名额", rows)))
    assert shown[0][0] == "招生计划表" and shown[3][0] == "注：学籍号见附件"


def test_people_beside_notes_are_masked(write_xlsx: Write) -> None:
    rows = [ROSTER, PUPIL, ["备注：转学", "林小禾", ID], ["合计", "林小禾"]]
    shown = rows_of(write_xlsx(("名册", rows)))
    assert shown[2][:3] == [NOT_SHOWN] * 3
    assert shown[3][:2] == ["合计", NOT_SHOWN]


def test_another_table_further_down_is_masked_by_its_own_headings(write_xlsx: Write) -> None:
    rows = [
        ["学校标识码", "招生计划数", "指标数"],
        ["3310020001", 100, 70],
        ["性别", "姓名", "年级"],
        ["女", "林小禾", "一年级"],
    ]
    assert rows_of(write_xlsx(("名额", rows)))[2:] == [["性别", "姓名", "年级"], ["女", NOT_SHOWN, "一年级"]]


@pytest.mark.parametrize("block_rows", [1, 2, 3])
def test_where_blocks_of_rows_end_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_rows: int
) -> None:
    below = [["性别", "姓名", "年级"], ["女", "林小禾", ID], ["合计", "2", ""], ["男", "林大禾", "一年级"]]
    path = csv(tmp_path, ["学校标识码", "招生计划数", "指标数"], ["3310020001", "100", "70"], *below, *below)
    whole = rows_of(path)
    assert whole[3] == ["女", NOT_SHOWN, "331002********1234"] and whole[5][1] == NOT_SHOWN
    monkeypatch.setattr(masked, "BLOCK_ROWS", block_rows)
    assert rows_of(path) == whole


def test_a_large_text_is_masked_in_parts_like_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv(tmp_path, ROSTER, *([PUPIL] * 3), ["合计", "3"], PUPIL)
    whole = rows_of(path)
    monkeypatch.setattr("ingest.reading.document.LARGE_TEXT_BYTES", 1)
    monkeypatch.setattr("ingest.reading.delimited.PIECE_CHARACTERS", 150)
    (sheet,) = masked_sheets(path, READER)
    assert sheet.goes_on and sheet.table.height < 4
    in_parts = list(sheet.rows)
    assert in_parts[:4] == whole[:4] == [ROSTER, MASKED, MASKED, MASKED]
    assert in_parts[5] == whole[5] == MASKED
    assert in_parts[4][0] == "**", "after the first part nobody knows what is a total"


def test_equal_values_of_other_types_stay_what_they_are(write_xlsx: Write) -> None:
    headings = ["学校标识码", "招生计划数", "指标数", "甲"]
    rows = [["3310020001", 100, 70, value] for value in (1, True, "1", 0, False, ID)]
    shown = [row[3] for row in rows_of(write_xlsx(("名额", [headings, *rows])))[1:]]
    assert shown == [1, True, "1", 0, False, "331002********1234"]
    assert [isinstance(value, bool) for value in shown] == [False, True, False, False, True, False]


def test_another_table_above_is_masked_by_its_own_headings(write_xlsx: Write) -> None:
    rows = [["经办", "姓名"], ["统计", "林小禾"], ["学校标识码", "招生计划数", "指标数"], ["3310020001", 100, 70]]
    shown = rows_of(write_xlsx(("名额", rows)))
    assert shown[:2] == [["经办", "姓名", ""], ["统计", NOT_SHOWN, ""]]
    assert shown[2:] == rows[2:]


def test_the_same_form_again_with_its_columns_in_another_order_shows_nobody(write_xlsx: Write) -> None:
    shown = rows_of(write_xlsx(("名册", [ROSTER, PUPIL, PUPIL, ROSTER[::-1], PUPIL[::-1]])))
    assert shown[0] == ROSTER and shown[3] == ROSTER[::-1]
    hidden = {value for value, as_shown in zip(PUPIL, MASKED, strict=True) if value != as_shown}
    assert not any(hidden & set(map(str, row)) for row in shown)


def test_of_tables_side_by_side_each_shows_what_its_own_headings_allow(write_xlsx: Write) -> None:
    shown = rows_of(write_xlsx(("名册", [[*ROSTER, "", *ROSTER], [*PUPIL, "", *PUPIL]])))
    assert shown[1] == [*MASKED, "", *MASKED]


def test_other_values_keep_type_value_and_place(write_xlsx: Write) -> None:
    values = ["3310020001", 100, 70.5, True, dt.date(2020, 9, 1), dt.datetime(2020, 9, 1, 8, 30), "=1+1", "1385000000"]
    headings = ["学校标识码", "招生计划数", "指标数", "甲", "乙", "丙", "丁", "戊"]
    rows = [[], ["", "", "标题"], [], ["", "", *headings], ["", "", *values]]
    path = write_xlsx(("名额", rows))
    book = openpyxl.load_workbook(path)
    book["名额"]["H5"].number_format = "yyyy-mm-dd hh:mm"
    book.save(path)
    shown = rows_of(path)
    assert shown[1][2] == "标题"
    assert shown[4] == ["", "", *values]
    assert [type(value) for value in shown[4][5:8]] == [bool, dt.date, dt.datetime]


def test_error_values_stay(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["学校标识码", "招生计划数", "指标数"], ["3310020001", "#REF!", 70]):
        book.active.append(row)
    book.active["B2"].data_type = "e"
    book.save(tmp_path / "e.xlsx")
    assert rows_of(tmp_path / "e.xlsx")[1] == ["3310020001", "#REF!", 70]


def test_the_old_xls_is_aligned(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("名册")
    for row, cells in ((3, ROSTER), (4, PUPIL)):
        for column, cell in enumerate(cells, start=2):
            page.write(row, column, cell)
    book.save(str(tmp_path / "a.xls"))
    shown = rows_of(tmp_path / "a.xls")
    assert shown[3][2:] == ROSTER and shown[4] == ["", "", *MASKED]


def test_ods_is_aligned(tmp_path: Path) -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="名册")
    for cells in ([], [""], ["", *ROSTER], ["", *PUPIL]):
        row = TableRow()
        for text in cells:
            cell = TableCell(valuetype="string") if text else TableCell()
            if text:
                cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(tmp_path / "a.ods"))
    shown = rows_of(tmp_path / "a.ods")
    assert shown[2][1:] == ROSTER and shown[3] == ["", *MASKED]


def test_delimited_text_is_text(tmp_path: Path) -> None:
    assert rows_of(csv(tmp_path, ["标题"], ROSTER, PUPIL))[2] == MASKED


def test_tables_of_a_web_page_are_masked(tmp_path: Path) -> None:
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (ROSTER, PUPIL))
    path = tmp_path / "a.xls"
    path.write_text(f"<table>{lines}</table>", encoding="utf-8")
    assert rows_of(path)[1] == MASKED


def test_sheets_without_a_form_and_hidden_ones_are_not_repeated(write_xlsx: Write) -> None:
    path = write_xlsx(("说明", [["请看"]]), ("名册", [ROSTER, PUPIL]), ("底稿", [ROSTER, PUPIL]), hidden=["底稿"])
    assert [(sheet.name, sheet.sheet_no) for sheet in masked_sheets(path, READER)] == [("名册", 2)]


def test_a_sheet_without_a_required_column_is_repeated(write_xlsx: Write) -> None:
    assert rows_of(write_xlsx(("名册", [ROSTER[:5], PUPIL[:5]])))[1] == MASKED[:5]


def test_what_cannot_be_read_has_no_sheets(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    assert masked_sheets(tmp_path / "a.pdf", READER) == []


def test_merged_ranges_are_told(write_xlsx: Write) -> None:
    path = write_xlsx(("名册", [["标题"], ROSTER, PUPIL]), merges=[(0, 0, 0, 7)])
    (sheet,) = masked_sheets(path, READER)
    assert [(m.first_row, m.first_column, m.last_row, m.last_column) for m in sheet.merges] == [(0, 0, 0, 7)]


TEXTS = st.text(alphabet=string.digits + "０９ X张-合计注：", max_size=25)
NAMES = st.text(alphabet="禾苗林森", min_size=2, max_size=4)


@settings(max_examples=40, deadline=None)
@given(
    pupils=st.lists(st.tuples(TEXTS, NAMES, TEXTS, TEXTS, TEXTS), min_size=1, max_size=5),
    kind=st.sampled_from(["data", "slipped", "second"]),
)
def test_no_long_number_and_no_dropped_value_survives(
    tmp_path_factory: pytest.TempPathFactory, pupils: list[tuple[str, ...]], kind: str
) -> None:
    headings = [*ROSTER[:2], "姓名", *ROSTER[2:]] if kind == "second" else ROSTER
    rows = [[f"P{p[0]}", p[1], p[2], p[3], p[4], "3310020001", ID, "1班"] for p in pupils]
    if kind == "second":
        rows = [[*row[:2], row[1], *row[2:]] for row in rows]
    if kind == "slipped":
        rows = [["", *row] for row in rows]
    shown = rows_of(csv(tmp_path_factory.mktemp("masked"), headings, *rows))[1:]
    cells = {str(cell) for row in shown for cell in row}
    assert not any(re.search(r"\d{11}", cell) for cell in cells)
    assert not cells & {p[1] for p in pupils}


@given(st.one_of(st.integers(), st.floats(allow_nan=False), st.text()))
def test_only_long_runs_of_digits_change_a_value(value: float | str) -> None:
    shown = without_long_digits(value)
    has_run = bool(re.search(r"\d{11}", value)) if isinstance(value, str) else abs(value) >= 10**10
    if has_run:
        assert shown != value and not re.search(r"\d{11}", str(shown))
    else:
        assert shown is value
