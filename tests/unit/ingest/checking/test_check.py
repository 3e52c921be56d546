"""A batch comes back typed, pseudonymised and whole: rows at fault are set aside, none is lost, no person can be seen."""

from collections.abc import Callable

import pyarrow as pa

from ingest.checking.batch import Batch, Placed
from ingest.checking.check import check_batch
from ingest.checking.issues import IssueList
from ingest.checking.pseudonyms import Pseudonymiser
from ingest.contracts.contract import Contract
from ingest.reading.sheet import Sheet, text_columns
from ingest.reading.table import TableFinder
from ingest.reference import Reference

Check = Callable[..., tuple[pa.Table, list[dict[str, object]]]]
HEADINGS = ["学籍号", "姓名", "身份证件号", "性别", "出生日期", "学校标识码", "年级", "班级", "备注"]
ID = "11010519491231002X"


def test_rows_at_fault_are_set_aside_and_none_is_lost(check: Check) -> None:
    rows, _ = check(
        HEADINGS,
        [f"G{ID}", "样例翀翀", "", "男", "2009-12-31", "3310020001", "小五", "1班"],
        [f"G{ID}", "样例翀翀", "", "男", "2009-12-31", "3310020001", "没有", "1班"],
    )
    assert rows["is_accepted"].to_pylist() == [True, False]
    assert rows["row_number"].to_pylist() == [2, 3]
    assert rows["grade"].to_pylist() == ["P5", None]


def test_nothing_that_identifies_a_person_leaves(check: Check) -> None:
    rows, issues = check(
        HEADINGS,
        [f"G{ID}", "样例翀翀", ID, "男", "2009-12-31", ID, "没有", f"{ID}班"],
        ["X123", "样例翀翀", "110105194912310021", "男", "20091231", "3310020001", "小五", "1班"],
        ["G110105194912310021", "#N/A", "", "男", "1931-01-05", "3310020001", "小五", "1班"],
    )
    everything = str(rows.to_pydict()) + str(issues)
    for secret in (ID, ID[:17], "110105194912310021", "样例翀翀", "2009-12-31", "1931-01-05", "20091231"):
        assert secret not in everything, secret
    shown = {(issue["check_id"], issue["column_name"]): issue["value_masked"] for issue in issues}
    assert set(shown.values()) == {"没有", None}, "rows with errors in two columns have probably slipped"


def test_of_one_fault_no_more_is_shown_than_may_be(check: Check) -> None:
    row = dict(zip(HEADINGS, [f"G{ID}", "样例", "", "男", "2009-12-31", "3310020001", "小五", "1班", ""], strict=True))
    _, wrong_number = check(list(row), list((row | {"学籍号": "G110105194912310021"}).values()))
    assert ("id.checksum", "G11010*********0021") in {(i["check_id"], i["value_masked"]) for i in wrong_number}
    _, wrong_grade = check(list(row), list((row | {"年级": "13912345678"}).values()))
    assert "13912345678" not in str(wrong_grade)


def test_a_row_that_slipped_by_a_column_keeps_nothing_that_was_written(check: Check) -> None:
    rows, issues = check(
        ["学籍号", "姓名", "性别", "出生日期", "学校标识码", "年级", "班级"],
        ["男", "2016-12-31", "3310020001", "小五", "1班", "样例小禾", "样例小禾"],
    )
    assert "样例小禾" not in str(rows.to_pydict()) + str(issues)


def test_a_pupil_is_the_same_person_by_either_number(check: Check) -> None:
    row = ["样例", "男", "2016-12-31", "3310020001", "小班", "1班"]
    rows, _ = check(
        ["学籍号", "身份证件号", "姓名", "性别", "出生日期", "学校标识码", "年级", "班级"],
        [f"G{ID}", "", *row],
        ["", ID.lower(), *row],
        ["", "E12345678", *row],
    )
    first, second, third = rows["student_id"].to_pylist()
    assert first == second != third
    assert rows["birth_month"].to_pylist()[0].isoformat() == "2016-12-01"


def test_money_and_bandwidth_come_in_the_contracts_units(check: Check) -> None:
    rows, _ = check(["学校标识码", "教学仪器设备值（万元）", "教育经费支出"], ["3310020001", "21.783", "１，２３４"])
    assert rows["equipment_value"].to_pylist() == [217830.0]
    assert rows["expenditure"].to_pylist() == [1234.0]
    rows, _ = check(
        ["学校标识码", "接入教育城域网", "带宽（Gbps）"], ["1", "是", "2"], ["2", "√", "500M"], ["3", "否", "—"]
    )
    assert rows["bandwidth_mbps"].to_pylist() == [2000.0, 500.0, None]
    assert rows["man_connected"].to_pylist() == [True, True, False]


def test_an_issue_names_the_exact_cell(check: Check) -> None:
    _, issues = check(
        ["", "某县学年表"],
        ["备注", *HEADINGS[:-1]],
        ["", f"G{ID}", "样例", "", "男", "2009-12-31", "3310020001", "没有", "1班"],
    )
    (issue,) = [issue for issue in issues if issue["severity"] == "error"]
    assert (issue["sheet"], issue["row_number"], issue["cell"], issue["reading_id"]) == ("Sheet1", 3, "H3", 7)
    assert "年级" in str(issue["message_zh"]) and "没有" in str(issue["message_zh"])


def test_totals_are_compared_with_the_rows_as_sent(check: Check) -> None:
    quota = ["学校标识码", "招生计划数", "指标数"]
    _, right = check(quota, ["3310020001", "100", "70"], ["3310020002", "50", "5"], ["合计", "150", "75"])
    assert not right
    _, wrong = check(quota, ["3310020001", "100", "70"], ["3310020002", "50", "5"], ["合计", "151", "75"])
    assert [(i["check_id"], i["row_number"], i["cell"]) for i in wrong] == [("table.total", 4, "B4")]


def test_the_one_figure_of_a_rosters_total_is_its_count(check: Check) -> None:
    graduates = ["学籍号", "学校标识码", "毕业年份", "毕业去向"]
    row = [f"G{ID}", "3310020001", "2020", "就业"]
    assert not check(graduates, row, row, ["合计", "2"])[1]
    assert [i["check_id"] for i in check(graduates, row, row, ["合计", "3"])[1]] == ["table.total"]


def test_tables_of_several_documents_are_checked_as_one(
    contracts: dict[str, Contract], reference: Reference, finder: TableFinder
) -> None:
    placed = []
    for reading_id, collection, year in ((1, "2020-09", "2020"), (2, "2021-09", "2020")):
        sheet = Sheet("a", 1, text_columns([["年度", "教师年平均工资", "公务员年平均工资"], [year, "90000", "90000"]]))
        (table,) = finder.tables(sheet)
        placed.append(Placed(reading_id, reference.collections[collection], table))
    issues = IssueList(reference, Pseudonymiser(bytes(32)))
    checked = check_batch(Batch(contracts["pay"], placed), reference, Pseudonymiser(b"k" * 32), issues)
    assert checked.rows["reading_id"].to_pylist() == [1, 2]
    assert ("cell.range", 2) in [(i["check_id"], i["reading_id"]) for i in issues.table().to_pylist()]
    assert ("cell.range", 1) not in [(i["check_id"], i["reading_id"]) for i in issues.table().to_pylist()]
