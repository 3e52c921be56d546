"""Every check that one document can tell, on the smallest table that shows it."""

from collections.abc import Callable

import pytest

Check = Callable[..., tuple[object, list[dict[str, object]]]]
PUPIL = {
    "学籍号": "G11010519491231002X",
    "姓名": "林小禾",
    "身份证件号": "",
    "性别": "男",
    "出生日期": "2009-12-31",
    "学校标识码": "3310020001",
    "年级": "小五",
    "班级": "1班",
}
TEACHER = {
    "教师编号": "3310020000001",
    "姓名": "林小禾",
    "身份证件号": "11010519491231002X",
    "性别": "女",
    "出生日期": "1949-12-31",
    "学校标识码": "3310020001",
    "岗位类别": "专任教师",
    "任教学段": "小学",
    "最高学历": "本科",
    "编制类别": "在编",
    "任教课程类型": "",
}
REGISTER = {
    "学校标识码": "3310020001",
    "学校名称": "样例小学",
    "所在乡镇（街道）": "样例镇",
    "城乡分类代码": "村庄",
    "学校办学类型": "小学",
    "办学性质": "公办",
    "办学状态": "在办",
    "建校日期": "1958-09",
}
QUOTA = {"学校标识码": "3310020001", "招生计划数": "100", "指标数": "70"}
PAY = {
    "年度": "2020",
    "教师年平均工资": "100000",
    "公务员年平均工资": "100000",
    "幼儿园劳动合同制教师人均年收入": "60000",
    "上年度社会平均工资": "60000",
}
PROGRESS = {"任务代码": "T01.09", "进展": "进行中", "完成数": "3", "总数": "4", "完成日期": ""}
RECOGNITION = {
    "类别": "德育品牌项目",
    "名称": "样例",
    "级别": "市级",
    "所属地区代码": "331002",
    "学校标识码": "",
    "认定日期": "2019-05-01",
    "撤销日期": "",
}
CONDITIONS = {"学校标识码": "3310020001", "教学及辅助用房面积": "100", "网络多媒体教室数": "3"}
GRADUATE = {"学籍号": "G11010519491231002X", "学校标识码": "3310020001", "毕业年份": "2020", "毕业去向": "就业"}
DISABLED = {"学段": "学前段", "适龄残疾儿童数": "10", "入学数": "9"}
PROJECT = {"项目编号": "1", "幼儿园名称": "样例", "建设类型": "新建", "新增学位数": "90"}


def faults(check: Check, row: dict[str, str], **changes: str) -> list[tuple[str, str]]:
    changed = row | changes
    _, issues = check(list(changed), list(changed.values()))
    return [(str(issue["check_id"]), str(issue["column_name"])) for issue in issues]


@pytest.mark.parametrize(
    "row", [PUPIL, TEACHER, REGISTER, QUOTA, PAY, PROGRESS, RECOGNITION, CONDITIONS, GRADUATE, DISABLED, PROJECT]
)
def test_a_right_row_raises_nothing(check: Check, row: dict[str, str]) -> None:
    assert faults(check, row) in ([], [("id.birth_date", "birth_date")])


CASES: list[tuple[dict[str, str], dict[str, str], str, str]] = [
    (REGISTER, {"所在乡镇（街道）": ""}, "cell.required", "township"),
    (REGISTER, {"所在乡镇（街道）": "#N/A"}, "cell.type", "township"),
    (REGISTER, {"学校标识码": "33100200"}, "cell.pattern", "school_id"),
    (REGISTER, {"学校标识码": "3.31E+9"}, "id.precision_lost", "school_id"),
    (REGISTER, {"学校办学类型": "大学"}, "cell.code", "school_type"),
    (REGISTER, {"建校日期": "2021-01-01"}, "cell.range", "founded_on"),
    (REGISTER, {"建校日期": "2020.1"}, "cell.type", "founded_on"),
    (PUPIL, {"学籍号": "X3301032008"}, "cell.pattern", "student_id"),
    (PUPIL, {"学籍号": "G110105194912310021"}, "id.checksum", "student_id"),
    (PUPIL, {"身份证件号": "110105194912310021"}, "id.checksum", "id_number"),
    (PUPIL, {"身份证件号": "E12345678"}, "id.other_document", "id_number"),
    (PUPIL, {"身份证件号": "1.10105E+17"}, "id.precision_lost", "id_number"),
    (PUPIL, {"学籍号": "", "身份证件号": "—"}, "cell.required", "student_id"),
    (PUPIL, {"出生日期": "1985-01-01"}, "cell.range", "birth_date"),
    (PUPIL, {"出生日期": "2020-09-02"}, "cell.range", "birth_date"),
    (PUPIL, {"年级": "小七"}, "cell.code", "grade"),
    (TEACHER, {"出生日期": "2010-01-01"}, "cell.range", "birth_date"),
    (TEACHER, {"出生日期": "1949-12-30"}, "id.birth_date", "birth_date"),
    (TEACHER, {"任教学段": ""}, "row.rule", "stage_taught"),
    (TEACHER, {"任教课程类型": "专业课"}, "row.rule", "course_kind"),
    (QUOTA, {"指标数": "101"}, "row.rule", "quota"),
    (QUOTA, {"指标数": "-1"}, "cell.range", "quota"),
    (QUOTA, {"招生计划数": "0"}, "cell.range", "planned"),
    (QUOTA, {"招生计划数": "3.5"}, "cell.type", "planned"),
    (PAY, {"年度": "2019"}, "cell.range", "year"),
    (PAY, {"教师年平均工资": "10"}, "cell.implausible", "teacher_pay"),
    (PAY, {"教师年平均工资": "约十万"}, "cell.type", "teacher_pay"),
    (PROGRESS, {"任务代码": "T09.04"}, "cell.code", "item"),
    (PROGRESS, {"进展": "已完成"}, "row.rule", "completed_on"),
    (PROGRESS, {"完成日期": "2021-01-01"}, "cell.range", "completed_on"),
    (PROGRESS, {"完成数": "75%"}, "cell.implausible", "numerator"),
    (PROGRESS, {"总数": "1"}, "cell.implausible", "denominator"),
    (RECOGNITION, {"所属地区代码": "331021"}, "cell.code", "unit_code"),
    (RECOGNITION, {"类别": "校本研训示范学校"}, "cell.required", "school_id"),
    (RECOGNITION, {"撤销日期": "2019-04-30"}, "row.rule", "revoked_on"),
    (CONDITIONS, {"教学及辅助用房面积": "-120"}, "cell.range", "teaching_area"),
    (GRADUATE, {"毕业年份": "2018"}, "cell.range", "graduation_year"),
    (DISABLED, {"入学数": "11"}, "row.rule", "enrolled"),
    (PROJECT, {"新增学位数": "3001"}, "cell.range", "places_added"),
]


@pytest.mark.parametrize(("row", "change", "check_id", "column"), CASES)
def test_a_wrong_row_raises_its_check(
    check: Check, row: dict[str, str], change: dict[str, str], check_id: str, column: str
) -> None:
    assert (check_id, column) in faults(check, row, **change)


def test_every_fault_of_a_row_is_reported(check: Check) -> None:
    found = faults(check, PUPIL, 年级="小七", 性别="", 出生日期="不详")
    assert {("cell.code", "grade"), ("cell.required", "sex"), ("cell.type", "birth_date")} <= set(found)


def test_an_age_is_taken_at_the_reference_date(check: Check) -> None:
    assert ("cell.range", "birth_date") in faults(check, TEACHER, 出生日期="2004-09-02")
    assert ("cell.range", "birth_date") not in faults(check, TEACHER, 出生日期="2004-09-01")


def test_a_birth_month_is_compared_at_its_precision(check: Check) -> None:
    assert ("id.birth_date", "birth_date") not in faults(check, TEACHER, 出生日期="1949-12")
    assert ("id.birth_date", "birth_date") in faults(check, TEACHER, 出生日期="1949-11")
