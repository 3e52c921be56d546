"""Which columns hold values, by school: what a later document that lacks them is held against."""

from collections.abc import Callable

import pyarrow as pa

from ingest.checking.filled import filled_columns
from ingest.contracts.contract import Contract

Check = Callable[..., tuple[pa.Table, list[dict[str, object]]]]
A, B = "3310020001", "3310020002"


def test_a_column_counts_for_the_schools_that_fill_it(check: Check, contracts: dict[str, Contract]) -> None:
    rows, _ = check(["学校标识码", "教学及辅助用房面积", "教学仪器设备值"], [A, "4000", "500000"], [B, "3000", ""])
    filled = filled_columns(contracts["school_conditions"], rows).to_pylist()
    held = {(row["school_id"], row["column_name"]) for row in filled}
    assert {(A, "teaching_area"), (A, "equipment_value"), (B, "teaching_area")} <= held
    assert (B, "equipment_value") not in held
    assert {row["heading_zh"] for row in filled if row["column_name"] == "equipment_value"} == {
        contracts["school_conditions"].column("equipment_value").heading_zh
    }


def test_columns_that_stand_for_each_other_are_not_told(check: Check, contracts: dict[str, Contract]) -> None:
    contract = contracts["student_roster"]
    headings = ["学籍号", "姓名", "性别", "出生日期", "学校标识码", "年级", "班级"]
    rows, _ = check(headings, ["G11010519491231002X", "样例", "男", "2009-12-31", A, "五年级", "1班"])
    told = set(filled_columns(contract, rows)["column_name"].to_pylist())
    pairs = {name for rule in contract.row_rules if rule.rule == "one_of_required" for name in rule.columns}
    assert pairs and not told & pairs
    assert "grade" in told


def test_a_form_without_schools_is_told_as_a_whole(check: Check, contracts: dict[str, Contract]) -> None:
    rows, _ = check(["年度", "教师年平均工资", "公务员年平均工资"], ["2020", "90000", "90000"])
    filled = filled_columns(contracts["pay"], rows).to_pylist()
    assert filled and {row["school_id"] for row in filled} == {None}
