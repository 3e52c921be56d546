"""The table below the headings: data, totals, notes, repeated headings, merged cells, and units."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contracts.contract import load_contracts
from ingest.reading.rows import total_label
from ingest.reading.sheet import Merge, Sheet, column_letter, text_columns
from ingest.reading.table import Table, TableFinder
from ingest.reference import load_reference
from ingest.values.parse import code_table
from ingest.values.vocabulary import VOCABULARY

CODES = {name: code_table(codes) for name, codes in load_reference().codes.items()}
FINDER = TableFinder(load_contracts(), CODES)
QUOTA = ["学校标识码", "招生计划数", "指标数"]
A, B, C = "3310020001", "3310020002", "3310020003"


def tables_of(*rows: Sequence[str], name: str = "Sheet1", **of_sheet: object) -> list[Table]:
    return FINDER.tables(Sheet(name, 1, text_columns(rows), **of_sheet))  # type: ignore[arg-type]


def table_of(*rows: Sequence[str], first_column: int = 0, merges: Sequence[Merge] = (), name: str = "Sheet1") -> Table:
    (table,) = tables_of(*rows, name=name, first_column=first_column, merges=list(merges))
    return table


def test_rows_keep_their_numbers_and_cells_their_letters() -> None:
    table = table_of(["标题"], QUOTA, ["", "", ""], [A, "2", "3"], first_column=2)
    assert table.row_numbers.tolist() == [4]
    assert table.letters == {"school_id": "C", "planned": "D", "quota": "E"}


def test_notes_signatures_and_repeated_headings_are_no_data() -> None:
    table = table_of(
        QUOTA,
        [A, "2", "3"],
        QUOTA,
        [B, "5", "6"],
        ["注：数据以学年初统计为准。"],
        ["填表人：经办人", "", "审核人：负责人"],
    )
    assert table.cells["school_id"].to_pylist() == [A, B]


def test_a_row_that_only_begins_like_a_note_is_data() -> None:
    headings = ["备注", "学校标识码", "招生计划数", "指标数", "序号"]
    table = table_of(headings, ["审核：已通过", A, "10", "5", "1"], ["注：完", "", "", "", ""])
    assert table.cells["school_id"].to_pylist() == [A]


@pytest.mark.parametrize("label", ["合计", "合　计", "合计：", " 总 计 ", "小计", "合计（所）"])
def test_rows_of_totals_are_known_however_written(label: str) -> None:
    table = table_of(QUOTA, [A, "10", "5"], [label, "10", "5"])
    assert table.height == 1
    assert [(t.row_number, t.cells["planned"]) for t in table.totals] == [(3, "10")]


@given(
    word=st.sampled_from(sorted(VOCABULARY.total_labels | VOCABULARY.subtotal_labels)),
    before=st.text(alphabet="全市以上甲乙", max_size=10),
    blank=st.sampled_from(["", " ", "　", "\u3000 "]),
    behind=st.sampled_from(["", "：", ":", "：2所", "12人", "（所）", "２０个"]),
)
def test_a_total_is_known_by_how_its_words_end(word: str, before: str, blank: str, behind: str) -> None:
    assert total_label(blank.join(before + word) + behind) == word
    assert total_label(before + word + "划") is None


@given(rows=st.lists(st.lists(st.sampled_from(["", " ", "3", "x", "合计"]), min_size=3, max_size=3), max_size=40))
def test_every_row_is_data_a_total_or_blank(rows: list[list[str]]) -> None:
    """The first text of a row says what it is, whichever column it stands in, among few rows or many."""
    (table,) = tables_of(["项目编号", "幼儿园名称", "建设类型", "新增学位数"], *([*row, "270"] for row in rows))
    first = [next((cell for cell in row if cell.strip()), "270") for row in rows]
    assert [t.row_number for t in table.totals] == [n for n, text in enumerate(first, 2) if text == "合计"]
    assert table.row_numbers.tolist() == [n for n, text in enumerate(first, 2) if text != "合计"]


@pytest.mark.parametrize("text", ["合计划", "会计", "统计", "设计学院", ""])
def test_other_words_are_no_totals(text: str) -> None:
    assert total_label(text) is None


def test_a_total_covers_the_block_above_it_or_else_below() -> None:
    rows = [
        [A, "1", "1"],
        [B, "1", "1"],
        ["小计", "2", "2"],
        [C, "1", "1"],
        ["小计", "1", "1"],
        ["合计", "3", "3"],
    ]
    assert [(t.covers.start, t.covers.stop) for t in table_of(QUOTA, *rows).totals] == [(0, 2), (2, 3), (0, 3)]
    above = table_of(QUOTA, ["合计", "2", "2"], [A, "1", "1"], [B, "1", "1"])
    assert [(t.covers.start, t.covers.stop) for t in above.totals] == [(0, 2)]


def test_a_total_may_stand_under_the_key_wherever_that_is() -> None:
    table = table_of(["招生计划数", "指标数", "学校标识码"], ["10", "5", A], ["10", "5", "合计"])
    assert table.height == 1 and len(table.totals) == 1


def test_vertically_merged_cells_hold_for_all_their_rows() -> None:
    table = table_of(QUOTA, [A, "10", "5"], ["", "20", "6"], merges=[Merge(1, 0, 2, 0)])
    assert table.cells["school_id"].to_pylist() == [A, A]


CONDITIONS = ["学校标识码", "教学及辅助用房面积", "教学仪器设备值", "教育经费支出"]


def test_the_unit_line_holds_for_money_and_nothing_else() -> None:
    table = table_of(["", "", "", "单位：万元"], CONDITIONS, [A, "2", "3", "4"])
    assert table.factors == {"equipment_value": 10000, "expenditure": 10000}


def test_the_unit_in_a_heading_wins_over_the_unit_line() -> None:
    table = table_of(["单位：万元"], [*CONDITIONS[:3], "教育经费支出（元）"], [A, "2", "3", "4"])
    assert table.factors == {"equipment_value": 10000, "expenditure": 1}


def test_bandwidth_may_stand_in_gigabits() -> None:
    table = table_of(["学校标识码", "接入教育城域网", "接入带宽（Gbps）"], [A, "是", "1"])
    assert table.factors == {"bandwidth_mbps": 1000}


def test_the_unit_below_a_heading_wins_over_all_others() -> None:
    below = ["", "平方米", "元", "千元"]
    table = table_of(["单位：万元"], [*CONDITIONS[:3], "教育经费支出（元）"], below, [A, "2", "3", "4"])
    assert table.factors == {"teaching_area": 1, "equipment_value": 1, "expenditure": 1000}
    assert table.row_numbers.tolist() == [4]


def test_a_unit_that_nobody_knows_sets_the_table_aside() -> None:
    table = table_of(["", "", "", "单位：亿美元"], CONDITIONS, [A, "2", "3", "4"])
    assert {(r.check_id, r.column) for r in table.rejections} == {
        ("document.unit", "equipment_value"),
        ("document.unit", "expenditure"),
    }


@pytest.mark.parametrize("below", [["1", "2", "3"], ["甲", "1", "2"], ["(1)", "(2)", "(3)"], ["A", "1", "2"]])
def test_numbers_of_columns_are_no_data(below: list[str]) -> None:
    assert table_of(QUOTA, below, [A, "2", "3"]).cells["school_id"].to_pylist() == [A]


def test_hints_and_examples_below_the_headings_are_no_data() -> None:
    table = table_of(QUOTA, ["必填，文本", "必填，整数", "必填，整数"], ["示例：3310020099", "9", "9"], [A, "2", "3"])
    assert table.cells["school_id"].to_pylist() == [A]


def test_headings_in_another_order_begin_another_table() -> None:
    first, second = tables_of(QUOTA, [A, "2", "3"], [QUOTA[0], QUOTA[2], QUOTA[1]], [B, "5", "6"])
    assert (first.cells["planned"].to_pylist(), second.cells["planned"].to_pylist()) == (["2"], ["6"])


def test_tables_side_by_side_are_read_each() -> None:
    left, right = tables_of([*QUOTA, "", *QUOTA], [A, "2", "3", "", B, "5", "6"], [C, "7", "8", "", "", "", ""])
    assert left.cells["school_id"].to_pylist() == [A, C]
    assert right.cells["school_id"].to_pylist() == [B]
    assert right.letters == {"school_id": "E", "planned": "F", "quota": "G"}


def test_a_table_of_another_form_further_down_is_its_own() -> None:
    first, second = tables_of(QUOTA, [A, "2", "3"], [], CONDITIONS, [B, "4", "5", "6"])
    assert [first.cells["school_id"].to_pylist(), second.cells["school_id"].to_pylist()] == [[A], [B]]
    assert second.form == "school_conditions" and second.row_numbers.tolist() == [5]


def test_a_table_above_that_lacks_a_required_column_is_told() -> None:
    projects = [["幼儿园名称", "建设类型", "新增学位数"], ["甲园", "新建", "270"], ["乙园", "改扩建", "90"]]
    (table,) = tables_of(["工程进展"], *projects, [], QUOTA, [C, "2", "3"])
    assert table.cells["school_id"].to_pylist() == [C]
    (remark,) = table.remarks
    assert remark.check_id == "document.unread"
    assert "第 3 至 4 行像是“幼儿园建设项目表”，但缺少必填列：项目编号，未读取" in remark.detail


def test_rows_of_figures_above_a_table_are_told_and_lines_of_a_title_are_not() -> None:
    (table,) = tables_of(["校舍", "间数", "面积"], ["甲楼", "12", "800"], ["乙楼", "9", "640"], QUOTA, [A, "2", "3"])
    assert [remark.detail for remark in table.remarks] == ["工作表“Sheet1”第 2 至 3 行没有可识别的标题行，未读取"]
    (table,) = tables_of(["招生计划", "2022", "11"], ["填报单位：某县"], QUOTA, [A, "2", "3"])
    assert not table.remarks


def test_a_page_without_headings_is_read_by_those_before() -> None:
    first = table_of(QUOTA, [A, "2", "3"])
    (page,) = FINDER.following(Sheet("Sheet2", 2, text_columns([[B, "5", "6"]])), first.recognised)
    assert page.cells["quota"].to_pylist() == ["6"] and page.row_numbers.tolist() == [1]


def test_values_without_a_heading_are_told_by_their_letter() -> None:
    table = table_of([*QUOTA, "", "甲"], [A, "2", "3", "藏", "4"])
    assert table.unknown_headings == ("甲", "D 列（无标题）")


def test_rows_of_a_text_that_are_longer_than_the_headings_are_flagged() -> None:
    rows = [QUOTA, [A, "1", "500", "3"], [B, "5", "6", ""], [C, "5", "6", ""]]
    (table,) = tables_of(*rows, is_text=True)
    (flag,) = table.flags
    assert flag.check_id == "row.too_long" and flag.rows.tolist() == [True, False, False]


def test_the_years_of_title_and_sheet_are_told_and_dates_of_filing_are_not() -> None:
    title = ["2019-2020学年招生计划"]
    assert table_of(title, QUOTA, [A, "2", "3"]).years == {2019}
    assert table_of(QUOTA, [A, "2", "3"], name="2021学年").years == {2021}
    assert table_of(["填报日期：2022年9月1日"], QUOTA, [A, "2", "3"]).years == set()


PUPILS = ["学籍号", "姓名", "性别", "出生日期", "学校标识码", "年级", "班级"]


def test_a_table_whose_persons_are_masked_is_set_aside() -> None:
    masked = ["G33100*********1234", "（不显示）", "女", "2014-03", A, "一年级", "1班"]
    assert "document.masked_copy" in {r.check_id for r in table_of(PUPILS, masked, masked).rejections}


def test_one_masked_name_among_others_sets_nothing_aside() -> None:
    person = ["G331002201403051234", "林小禾", "女", "2014-03-05", A, "一年级", "1班"]
    assert table_of(PUPILS, person, person, [person[0], "林*", *person[2:]]).rejections == ()


def test_letters_go_on_after_z() -> None:
    assert [column_letter(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_tables_side_by_side_are_two_also_where_the_key_does_not_come_first() -> None:
    headings = ["招生计划数", "学校标识码", "指标数"]
    sheet = Sheet("Sheet1", 1, text_columns([[*headings, "", *headings], ["2", A, "1", "", "4", B, "3"]]))
    assert [t.cells["school_id"].to_pylist() for t in FINDER.tables(sheet)] == [[A], [B]]


AREA_AND_MONEY = ["学校标识码", "体育运动场馆面积", "教学仪器设备值"]


def test_a_row_of_units_in_brackets_is_understood() -> None:
    table = table_of(AREA_AND_MONEY, ["", "（亩）", "（千元）"], [A, "3", "5"])
    assert table.factors == {"sports_area": pytest.approx(2000 / 3), "equipment_value": 1000}


def test_a_unit_line_holds_for_both_tables_below_it() -> None:
    rows = [["", "单位：万元", "", "", "", ""], AREA_AND_MONEY + AREA_AND_MONEY, [A, "3", "5", B, "4", "6"]]
    tables = FINDER.tables(Sheet("Sheet1", 1, text_columns(rows)))
    assert [table.factors for table in tables] == [{"equipment_value": 10000}] * 2
