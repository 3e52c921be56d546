"""A unit that is stated is understood, or it is told; never is a figure taken for the usual one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contracts.contract import Column, load_contracts
from ingest.values.units import (
    Factor,
    UnknownUnit,
    is_statement,
    plain,
    split_heading,
    unit_line,
    unit_of,
    unit_of_lines,
)
from ingest.values.vocabulary import VOCABULARY

CONDITIONS = load_contracts()["school_conditions"]
MONEY, AREA, ROOMS = (CONDITIONS.column(name) for name in ("equipment_value", "teaching_area", "multimedia_rooms"))
BANDWIDTH = load_contracts()["school_connectivity"].column("bandwidth_mbps")
WAYS = [
    "{}",
    "({})",
    "(单位:{})",
    "/{}",
    "_{}",
    " 单位：{}",
    "（{}，保留两位小数）",
    "（{}）（不含图书）",
    "（不含基建）（{}）",
]


def stated(heading: str, column: Column = MONEY) -> Factor | UnknownUnit | None:
    return unit_of(column, split_heading(plain(heading))[1])


@given(
    unit=st.sampled_from(sorted(VOCABULARY.units["money"])),
    way=st.sampled_from(WAYS[1:]),
    blank=st.sampled_from(["", " ", "　"]),
)
def test_a_known_unit_is_understood_wherever_a_heading_says_it(unit: str, way: str, blank: str) -> None:
    said = stated("教学仪器设备值" + way.format(blank.join(unit)))
    assert isinstance(said, Factor) and said.factor == VOCABULARY.units["money"][unit]


@given(
    prefix=st.sampled_from(["十", "千万", "十亿", "百万亿", "美", "1000"]),
    way=st.sampled_from(WAYS[1:]),
)
def test_a_unit_that_is_not_known_is_never_taken_for_yuan(prefix: str, way: str) -> None:
    assert isinstance(stated("教学仪器设备值" + way.format(f"{prefix}元")), UnknownUnit)


@pytest.mark.parametrize(
    "hint", ["（账面原值）", "（不含图书）", "（必填）", "（单价1000元以上）", "", "（含电教设备）"]
)
def test_a_hint_is_no_unit(hint: str) -> None:
    assert stated("教学仪器设备值" + hint) is None


@pytest.mark.parametrize(
    ("unit", "factor"), [("㎡", 1), ("m2", 1), ("平方米", 1), ("亩", 2000 / 3), ("公顷", 10_000), ("万平方米", 10_000)]
)
def test_areas_come_in_square_metres(unit: str, factor: float) -> None:
    said = stated(f"面积（{unit}）", AREA)
    assert isinstance(said, Factor) and said.factor == pytest.approx(factor)


@pytest.mark.parametrize("unit", ["平方公里", "平方尺", "km2", "万元"])
def test_other_areas_and_kinds_are_not_known_for_an_area(unit: str) -> None:
    assert isinstance(stated(f"面积（{unit}）", AREA), UnknownUnit)


@pytest.mark.parametrize(
    ("unit", "factor"), [("G，下行", 1000), ("Mbps", 1), ("兆", 1), ("千兆", 1000), ("Gbps", 1000)]
)
def test_bandwidths_come_in_mbps(unit: str, factor: float) -> None:
    assert stated(f"接入带宽（单位：{unit}）", BANDWIDTH) == Factor(factor, plain(f"单位：{unit}"))


def test_counters_are_the_unit_of_whole_numbers_and_hundreds_of_them_are_not() -> None:
    assert stated("教室数（间）", ROOMS) == Factor(1.0, "间")
    assert isinstance(stated("教室数（百间）", ROOMS), UnknownUnit)
    assert isinstance(stated("教室数（万人）", ROOMS), UnknownUnit)


def test_two_units_that_disagree_are_none() -> None:
    assert isinstance(unit_of(MONEY, ["元", "万元"]), UnknownUnit)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["单位：万元"], "万元"),
        (["单　位：万元"], "万元"),
        (["单位：万 元"], "万 元"),
        (["单位（万元）"], "万元"),
        (["单位为万元"], "万元"),
        (["金额单位：人民币万元"], "人民币万元"),
        (["单位：平方米、万元"], "平方米、万元"),
        (["学校办学条件表（单位  万元）"], "万元"),
        (["", "单位：", "万元"], "万元"),
        (["注：单位：万元"], "万元"),
        (["填报单位：某局"], None),
        (["填报单位：万元中学"], None),
        (["单位：某区教育局"], None),
        (["单位名称", "万元"], None),
    ],
)
def test_a_unit_line_is_told_from_the_name_of_an_office(line: list[str], said: str | None) -> None:
    assert unit_line(line) == said


def test_a_unit_line_holds_for_columns_of_its_kind() -> None:
    lines = ["平方米、万元"]
    assert unit_of_lines(MONEY, lines) == Factor(10_000, "万元")
    assert unit_of_lines(AREA, lines) == Factor(1, "平方米")
    assert unit_of_lines(ROOMS, ["万人"]) is None
    assert isinstance(unit_of_lines(MONEY, ["十万元"]), UnknownUnit)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("（平方米）", True),
        ("万元", True),
        ("间", True),
        ("教学仪器设备值（元）", False),
        ("1000", False),
        ("是", False),
        ("—", False),
    ],
)
def test_a_cell_of_a_row_of_units_says_a_unit_and_nothing_else(text: str, is_one: bool) -> None:
    assert is_statement(text) is is_one
