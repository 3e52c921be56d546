"""Years of stages: what a year of entry means depends on the collection, what 一年级 means on the school."""

from collections.abc import Callable

import pyarrow as pa
import pytest

Check = Callable[..., tuple[pa.Table, list[dict[str, object]]]]
HEADINGS = ["学籍号", "姓名", "性别", "出生日期", "学校标识码", "年级", "班级"]
ID = "11010519491231002X"


def graded(check: Check, *grades: str, collection: str = "2020-09") -> tuple[list[object], list[object], list[str]]:
    """Codes, years of a stage, and the errors of `年级`, by row."""
    rows = [[f"G{ID}", "样例", "男", "2009-12-31", "3310020001", grade, "1班"] for grade in grades]
    lake, issues = check(HEADINGS, *rows, collection=collection)
    errors = [str(i["check_id"]) for i in issues if i["severity"] == "error" and i["column_name"] == "grade"]
    return lake["grade"].to_pylist(), lake["grade_year"].to_pylist(), errors


def test_a_grade_that_names_its_stage_needs_nothing_else(check: Check) -> None:
    codes, years, errors = graded(check, "小学五年级", "初一", "高二")
    assert codes == ["P5", "J1", "S2"] and years == [None] * 3 and not errors


def test_a_bare_year_is_left_to_the_schools_type(check: Check) -> None:
    codes, years, errors = graded(check, "一年级", "三年级", "九年级")
    assert codes == ["P1", "P3", "J3"] and not errors
    assert years == [1, 3, None], "the code of a primary school's year, and the year for schools of another type"


@pytest.mark.parametrize(("collection", "code"), [("2020-09", "P2"), ("2021-09", "P3"), ("2022-09", "P4")])
def test_a_year_of_entry_counts_from_the_collections_school_year(check: Check, collection: str, code: str) -> None:
    codes, _, errors = graded(check, "小学2019级", collection=collection)
    assert codes == [code] and not errors


def test_a_year_of_entry_outside_its_stage_is_a_fault(check: Check) -> None:
    codes, _, errors = graded(check, "小学2009级", "初2021级")
    assert codes == [None, None] and errors == ["row.rule", "row.rule"]
