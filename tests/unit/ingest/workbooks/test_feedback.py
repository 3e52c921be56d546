"""The feedback workbook: its lists, colours, comments and links, and that nothing in it is a formula."""

import gc
import stat
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from ingest.checking.issues import NOT_SHOWN
from ingest.reading.feedback_mark import FeedbackMark
from ingest.reading.reader import Reader
from ingest.workbooks import feedback as feedback_module
from ingest.workbooks.faults import CheckCount, FeedbackIssue
from ingest.workbooks.feedback import LIST_SHEET, SUMMARY_SHEET
from ingest.workbooks.style import LOOKS

Write = Callable[..., Path]
MakeIssue = Callable[..., FeedbackIssue]
ROWS: list[Sequence[object]] = [
    ["学校标识码", "招生计划数", "指标数", "电话"],
    ["3310020001", 100, "七十", "1"],
    ["3310020002", 100.5, 60, "2"],
]
QUERY = {"severity": "query", "check_id": "cell.implausible", "cell": "B3", "row_number": 3, "column_name": "planned"}


def header(sheet: Worksheet) -> int:
    """The row of the heading 编号."""
    rows = enumerate(sheet.iter_rows(max_row=40, values_only=True), start=1)
    return next(number for number, row in rows if {"编号", "说明"} <= set(row))


def listed(sheet: Worksheet) -> list[dict[str, Cell]]:
    top = header(sheet)
    headings = [cell.value for cell in sheet[top]]
    rows = takewhile(lambda row: row[0].value, sheet.iter_rows(min_row=top + 1))
    return [dict(zip(headings, row, strict=True)) for row in rows]


def colour(cell: Cell) -> str:
    return f"#{cell.fill.start_color.rgb[2:]}"


def look(name: str) -> object:
    return LOOKS[name]["bg_color"]


def test_the_workbook_bears_the_mark_and_is_for_its_owner(
    write_xlsx: Write, write: Write, make_issue: MakeIssue, reader: Reader
) -> None:
    path = write(write_xlsx(("名额", ROWS)), make_issue())
    assert reader.read(path).mark == FeedbackMark("0123456789abcdef" * 4, "2020-09", "331002", "20210105-120000")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def test_ours_come_first_and_say_what_the_document_is(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    book = openpyxl.load_workbook(
        write(write_xlsx(("名额", ROWS)), make_issue(), make_issue(**QUERY, issue_no="b" * 12))
    )
    assert book.sheetnames == [SUMMARY_SHEET, LIST_SHEET, "名额"]
    texts = [str(row[0].value) for row in book[SUMMARY_SHEET].iter_rows(max_row=5)]
    assert texts == [
        "椒江区 2020学年学年初报送 报送文件反馈",
        "报送文件：2020-09/331002/名额.xlsx",
        "收到时间：2021-01-06 00:03（北京时间）",
        "问题数量：拒收 0 处，错误 1 处，询问 1 处",
        f"标识（请勿改动）：document={'0123456789abcdef' * 4};collection=2020-09;unit=331002;release=20210105-120000",
    ]


def test_before_sending_it_says_so(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    book = openpyxl.load_workbook(write(write_xlsx(("名额", ROWS)), make_issue(), is_before_sending=True))
    texts = [str(row[0].value) for row in book[SUMMARY_SHEET].iter_rows()]
    assert "报送前自查" in texts[0] and any("本工作簿不要报送" in text for text in texts)


def test_the_list_holds_one_row_an_issue_the_worst_first(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    issues = [
        make_issue(issue_no="1" * 12, **QUERY),
        make_issue(issue_no="2" * 12, row_number=9, cell="C9"),
        make_issue(issue_no="3" * 12),
        make_issue(issue_no="4" * 12, severity="fatal", check_id="document.missing_column", row_number=None, cell=None),
    ]
    rows = listed(openpyxl.load_workbook(write(write_xlsx(("名额", ROWS)), *issues))[LIST_SHEET])
    assert [row["编号"].value for row in rows] == ["4" * 12, "3" * 12, "2" * 12, "1" * 12]
    row = {heading: cell.value for heading, cell in rows[1].items()}
    assert row == {
        "编号": "3" * 12, "严重程度": "错误", "检查项": "类型不符", "表": "优质高中招生指标分配表", "工作表": "名额", "单元格": "C2",
        "列": "分配到初中学校指标数", "值": "七十", "问题与处理": "不是有效的整数。", "说明": None,
    }  # fmt: skip
    assert colour(rows[1]["严重程度"]) == look("error")
    assert colour(rows[3]["说明"]) == look("input")


def test_an_explained_query_is_green_and_shows_its_explanation(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    path = write(write_xlsx(("名额", ROWS)), make_issue(**QUERY, explanation="新校区扩招"))
    book = openpyxl.load_workbook(path)
    (row,) = listed(book[LIST_SHEET])
    assert row["说明"].value == "新校区扩招"
    assert {colour(cell) for cell in row.values()} == {look("explained")}
    assert colour(book["名额"]["B3"]) == look("explained")


def test_the_summary_says_what_is_wrong_in_a_sentence_a_kind_the_most_urgent_first(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    says = "“指标数”的值“{}”不是有效的整数。请按要求填写。"
    issues = [
        make_issue(
            issue_no=f"{n:012x}", cell=f"C{n}", row_number=n, value_masked=f"{n}个", message_zh=says.format(f"{n}个")
        )
        for n in (8, 3, 2, 7, 6, 5, 4)
    ]
    query = make_issue(**QUERY, issue_no="b" * 12, message_zh="“招生计划数”的值“七十”不在常见范围内。请核对。")
    sheet = openpyxl.load_workbook(write(write_xlsx(("名额", ROWS)), query, *issues))[SUMMARY_SHEET]
    top = header(sheet)
    first, second = ([cell.value for cell in sheet[top + n]] for n in (1, 2))
    values = "、".join(f"“{n}个”" for n in range(2, 9))
    assert first[:5] == [
        f"“指标数”的值{values}不是有效的整数。请按要求填写。", 7, "错误", "优质高中招生指标分配表", "类型不符",
    ]  # fmt: skip
    assert first[5:10] == ["C2", "C3", "C4", "C5", "C6"], "in order of row, however they came"
    assert first[11] == "cell.type:admission_quota"
    assert second[0] == query.message_zh and (second[1], second[5]) == (1, "B3")
    assert sheet.cell(top + 1, 6).hyperlink.location == "'名额'!C2"
    assert colour(sheet.cell(top + 2, 11)) == look("input")
    assert sheet.cell(top + 1, 11).fill.fill_type is None


def test_what_one_explanation_answers_is_one_row_with_a_line_a_sentence(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    queries = [
        make_issue(**QUERY | {"issue_no": f"{n:012x}"}, message_zh=f"“第{n % 6}列”的值“七十”不在常见范围内。")
        for n in range(11)
    ]
    (row,) = listed(openpyxl.load_workbook(write(write_xlsx(("名额", ROWS)), *queries))[SUMMARY_SHEET])
    lines = str(row["问题与处理"].value).splitlines()
    assert lines[0] == "“第0列”的值“七十”不在常见范围内。（2 处）" and lines[4:] == ["……共 6 种，其余见“问题清单”。"]
    assert row["数量"].value == 11


def test_notes_are_one_line_that_asks_for_nothing(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    about = {"severity": "query", "cell": None, "row_number": None}
    notes = [
        make_issue(**about, check_id="document.unknown_column", column_name=name, message_zh=f"列“{name}”不属于“名额”，未采用。")
        for name in ("电话", "传真")
    ]  # fmt: skip
    hidden = make_issue(**about, check_id="document.hidden_sheet", message_zh="工作表“旧”被隐藏，未读取。")
    rows = listed(
        openpyxl.load_workbook(write(write_xlsx(("名额", ROWS)), *notes, hidden, make_issue()))[SUMMARY_SHEET]
    )
    assert [row["严重程度"].value for row in rows] == ["错误", "提示"]
    note = str(rows[1]["问题与处理"].value)
    assert note == "无需答复：列“电话”、“传真”不属于“名额”，未采用。 工作表“旧”被隐藏，未读取。"
    assert rows[1]["数量"].value == 3 and rows[1]["编号"].value is None
    assert rows[1]["说明"].fill.fill_type is None


def test_cells_at_fault_are_coloured_by_the_worst_and_comment_all(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    issues = [
        make_issue(severity="query", check_id="cell.implausible", message_zh="请核对。"),
        make_issue(issue_no="b" * 12),
        make_issue(issue_no="c" * 12, check_id="row.rule", cell=None, row_number=3, column_name=None),
        make_issue(issue_no="d" * 12, check_id="document.unknown_column", severity="query", cell=None, row_number=None, column_name="电话"),
        make_issue(issue_no="e" * 12, check_id="document.missing_column", cell=None, row_number=None, column_name="school_id"),
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(write(write_xlsx(("名额", [["标题"], [], *ROWS])), *issues))["名额"]
    assert colour(sheet["C2"]) == look("error")
    assert sheet["C2"].comment.text == "类型不符：不是有效的整数。\n数值可疑：请核对。"
    assert colour(sheet["A3"]) == look("error")
    assert colour(sheet["D3"]) == look("query")


def test_issues_of_rows_and_columns_link_to_where_they_show(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    issues = [
        make_issue(cell=None, row_number=3),
        make_issue(check_id="document.unknown_column", severity="query", cell=None, row_number=None, column_name="电话"),
        make_issue(check_id="unit.incomplete", severity="query", cell=None, row_number=None, column_name=None, sheet=None),
    ]  # fmt: skip
    rows = listed(openpyxl.load_workbook(write(write_xlsx(("名额", ROWS)), *issues))[LIST_SHEET])
    assert {row["检查项"].value: row["单元格"].value for row in rows} == {
        "类型不符": "A3",
        "未知列": "D1",
        "学校不全": None,
    }


def test_an_issue_of_a_covered_cell_goes_to_the_cell_that_shows(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    rows = [*ROWS[:2], ["", 100, 60, "2"]]
    issue = make_issue(cell="A3", row_number=3, column_name="school_id")
    sheet = openpyxl.load_workbook(write(write_xlsx(("名额", rows), merges=[(1, 0, 2, 0)]), issue))["名额"]
    assert colour(sheet["A2"]) == look("error") and sheet["A2"].value == "3310020001"
    assert [str(merge) for merge in sheet.merged_cells.ranges] == ["A2:A3"]


def test_values_keep_their_types(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    rows = [[*ROWS[0][:3], "乙", "甲"], ["3310020001", 100, 70.5, True, 1234567890]]
    sheet = openpyxl.load_workbook(write(write_xlsx(("名额", rows)), make_issue()))["名额"]
    assert [cell.value for cell in sheet[2]] == rows[1]


def test_nothing_is_a_formula(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    attack = "=cmd|' /C calc'!A0"
    rows = [
        [*ROWS[0][:3], "乙", attack],
        ["3310020001", 100, 70, "@SUM(1)", attack],
        ["3310020002", 1, 2, "<r><t>x</t></r>", "{=1}"],
    ]
    issue = make_issue(
        severity="query", explanation=attack, message_zh=attack, value_masked=attack, column_name=attack, cell="E2", sheet="=1+1"
    )  # fmt: skip
    book = openpyxl.load_workbook(write(write_xlsx(("=1+1", rows)), issue))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert [cell.value for cell in book["=1+1"][2]][3:] == ["@SUM(1)", attack]
    assert listed(book[LIST_SHEET])[0]["说明"].value == attack


@pytest.mark.parametrize("large_cells", [0, 100])
def test_markup_in_a_text_stays_text(
    tmp_path: Path, write: Write, make_issue: MakeIssue, monkeypatch: pytest.MonkeyPatch, large_cells: int
) -> None:
    monkeypatch.setattr(feedback_module, "LARGE_CELLS", large_cells)
    markup = "<r><t>x</t></r>"
    (tmp_path / "a.csv").write_text(f"学校标识码,招生计划数,指标数\n3310020001,{markup},7\x0b0\n", encoding="utf-8")
    sheet = openpyxl.load_workbook(write(tmp_path / "a.csv", make_issue(message_zh=markup)))["Sheet1"]
    assert str(sheet["B2"].value).strip() == markup


def test_names_that_collide_with_ours_give_way_and_links_are_quoted(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    source = write_xlsx((LIST_SHEET, ROWS), ("It's #1", ROWS), ("331002201403051234", ROWS))
    issues = [make_issue(sheet=LIST_SHEET), make_issue(sheet="It's #1", issue_no="b" * 12)]
    book = openpyxl.load_workbook(write(source, *issues))
    assert book.sheetnames == [SUMMARY_SHEET, LIST_SHEET, f"{LIST_SHEET}(2)", "It's #1", "331002________1234"]
    links = [row["单元格"].hyperlink.location for row in listed(book[LIST_SHEET])]
    assert links == [f"'{LIST_SHEET}(2)'!C2", "'It''s #1'!C2"]


def test_a_document_without_a_form_has_our_sheets_alone(tmp_path: Path, write: Write, make_issue: MakeIssue) -> None:
    (tmp_path / "扫描件.pdf").write_bytes(b"%PDF-1.4")
    issue = make_issue(
        form=None, sheet=None, row_number=None, column_name=None, cell=None, check_id="document.unreadable", severity="fatal"
    )  # fmt: skip
    book = openpyxl.load_workbook(write(tmp_path / "扫描件.pdf", issue))
    assert book.sheetnames == [SUMMARY_SHEET, LIST_SHEET]
    assert listed(book[LIST_SHEET])[0]["检查项"].value == "文件无法读取"


def test_people_are_not_shown(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    rows = [[*ROWS[0][:3], "姓名"], ["3310020001", 100, 331002201403051234, "林小禾"]]
    sheet = openpyxl.load_workbook(write(write_xlsx(("名额", rows)), make_issue()))["名额"]
    assert sheet["D2"].value == NOT_SHOWN
    assert str(sheet["C2"].value).startswith("331002****")


def test_large_documents_go_to_disk_row_by_row_and_look_the_same(
    write_xlsx: Write, write: Write, make_issue: MakeIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_module, "LARGE_CELLS", 1)
    source = write_xlsx(("名额", [["标题"], *ROWS]), merges=[(0, 0, 0, 3)])
    book = openpyxl.load_workbook(write(source, make_issue(cell="C3", row_number=3), make_issue(**QUERY)))
    assert not book["名额"].merged_cells.ranges
    assert colour(book["名额"]["C3"]) == look("error") and book["名额"]["C3"].value == "七十"
    assert len(listed(book[LIST_SHEET])) == 2


LONG: list[Sequence[object]] = [
    ["指标分配表"],
    ROWS[0],
    *[[f"3310020{n:03}", 100 + n, n, str(n)] for n in range(300)],
]


def test_of_a_long_sheet_the_rows_at_fault_are_shown_at_their_own_addresses(
    write_xlsx: Write, write: Write, make_issue: MakeIssue
) -> None:
    faults = [make_issue(cell="C152", row_number=152), make_issue(issue_no="c" * 12, cell=None, row_number=302)]
    book = openpyxl.load_workbook(write(write_xlsx(("名额", LONG)), *faults))
    own = book["名额"]
    shown = [row[0].row for row in own.iter_rows() if row[0].value is not None]
    assert shown == [1, 2, 151, 152, 153, 301, 302, 304], (
        "titles, headings, faults with their neighbours, our last line"
    )
    assert own["A152"].value == LONG[151][0] and colour(own["C152"]) == look("error") and own["C152"].comment
    assert own.sheet_format.zeroHeight and not own.row_dimensions[152].hidden
    assert "已隐藏" in "".join(str(row[0].value) for row in book[LIST_SHEET].iter_rows(max_row=4))


def test_a_sheet_of_two_hundred_rows_is_whole(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    own = openpyxl.load_workbook(write(write_xlsx(("名额", LONG[:200])), make_issue(cell="C152", row_number=152)))[
        "名额"
    ]
    assert own["A100"].value == LONG[99][0] and not own.sheet_format.zeroHeight


def test_what_excel_cannot_take_is_cut_and_told(
    write: Write, make_issue: MakeIssue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, limit in (("COMMENTS_MAX", 1), ("ROWS_MAX", 7), ("COLUMNS_MAX", 3), ("LINKS_MAX", 1)):
        monkeypatch.setattr(feedback_module, name, limit)
    long_rows = [f"33100200{n:02},100,{'七' * 40_000 if n == 1 else n},x" for n in range(1, 9)]
    (tmp_path / "a.csv").write_text("\n".join([",".join(map(str, ROWS[0])), *long_rows]), encoding="utf-8")
    issues = [make_issue(sheet="Sheet1", cell=f"C{n}", row_number=n, issue_no=f"{n:012x}") for n in (2, 3)]
    book = openpyxl.load_workbook(write(tmp_path / "a.csv", *issues))
    own = book["Sheet1"]
    assert (own.max_row, own.max_column) == (7, 3)
    assert own["C2"].comment and own["C3"].comment is None and colour(own["C3"]) == look("error")
    assert len(str(own["C2"].value)) == 32_767
    remarks = "".join(str(row[0].value) for row in book[LIST_SHEET].iter_rows(max_row=header(book[LIST_SHEET])))
    assert all(part in remarks for part in ("批注", "超过 7 行", "超过 3 列", "1 个单元格的文字", "只列出 1 条"))


def test_what_is_not_listed_is_counted(write_xlsx: Write, write: Write, make_issue: MakeIssue) -> None:
    others = CheckCount("error", "cell.type", "admission_quota", 40_000, 0)
    book = openpyxl.load_workbook(write(write_xlsx(("名额", ROWS)), make_issue(), not_listed=[others]))
    assert [row["编号"].value for row in listed(book[LIST_SHEET])] == ["00000000000a"]
    assert "共 40,001 条问题" in str(book[LIST_SHEET]["A1"].value)
    assert "只列出 1 条" in str(book[LIST_SHEET]["A2"].value)
    assert "错误 40001 处" in str(book[SUMMARY_SHEET]["A4"].value)
    assert [row["数量"].value for row in listed(book[SUMMARY_SHEET])] == [40_001]


def test_a_failure_leaves_the_last_feedback_as_it_was(
    write_xlsx: Write, write: Write, make_issue: MakeIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_xlsx(("名额", ROWS))
    path = write(source, make_issue())
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(feedback_module, "_put", fail)
    with pytest.raises(OSError, match="disk full"):
        write(source, make_issue())
    assert path.read_bytes() == before and gc.isenabled()
    assert not list(path.parent.glob(".feedback-*"))
