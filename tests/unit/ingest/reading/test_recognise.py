"""The form of a sheet is known by its headings, however they are written and in whatever order."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contracts.contract import load_contracts
from ingest.reading.headings import HeadingIndex, normalise_heading
from ingest.reading.recognise import Recognised, recognise

CONTRACTS = load_contracts()
INDEX = HeadingIndex.of(CONTRACTS)


def found(*rows: list[str]) -> Recognised | None:
    return recognise([list(row) for row in rows], INDEX, CONTRACTS)


def disguise(heading: str, way: int) -> str:
    return [heading, f"{heading}*", f" {heading[:2]}\n{heading[2:]}", heading.replace("（", "("), f"{heading}（必填）"][
        way
    ]


@given(
    form=st.sampled_from(sorted(CONTRACTS)),
    seed=st.integers(0, 10_000),
    way=st.integers(0, 4),
    above=st.lists(st.sampled_from(["某市某县学年表", "单位：万元", ""]), max_size=3),
)
def test_every_form_is_known_in_any_order_and_disguise(form: str, seed: int, way: int, above: list[str]) -> None:
    columns = random.Random(seed).sample(CONTRACTS[form].columns, len(CONTRACTS[form].columns))
    choose = random.Random(seed)
    shared = Counter(heading for column in columns for heading in column.headings)  # told apart by values
    headings = [disguise(choose.choice([h for h in column.headings if shared[h] == 1]), way) for column in columns]
    title = [[text] + [""] * (len(headings) - 1) for text in above]
    recognised = found(*title, headings, ["1"] * len(headings))
    assert recognised is not None and recognised.contract.form == form
    assert recognised.first_data_row == len(above) + 1
    assert [name for name, _ in sorted(recognised.columns.items(), key=lambda item: item[1])] == [
        c.name for c in columns
    ]
    assert not recognised.unknown and not recognised.missing_columns


def test_a_heading_of_two_rows_is_read_as_one() -> None:
    recognised = found(
        ["序号", "学校标识码", "无线网络", "", "其他情况"],
        ["", "", "教学区无线覆盖", "办公区无线覆盖", "接入教育城域网"],
    )
    assert recognised is not None and recognised.contract.form == "school_connectivity"
    assert recognised.columns == {"school_id": 1, "wifi_teaching": 2, "wifi_office": 3, "man_connected": 4}
    assert recognised.first_data_row == 2 and not recognised.unknown


def test_a_column_headed_only_in_the_upper_row_is_not_overlooked() -> None:
    recognised = found(
        ["某县学年表", "", "", "", ""],
        ["序号", "基本情况", "", "", "填报人"],
        ["", "学校标识码", "招生计划数", "指标数", ""],
        ["1", "2", "3", "4", "甲"],
    )
    assert recognised is not None and recognised.first_data_row == 3
    assert [recognised.headings[position] for position in recognised.unknown] == ["填报人"]


def test_a_title_or_unit_line_is_no_part_of_the_headings() -> None:
    recognised = found(
        ["", "", "", "单位：万元"], ["学校标识码", "教学仪器设备值", "教育经费支出", ""], ["1", "2", "3", ""]
    )
    assert recognised is not None and not recognised.unknown


def test_unknown_columns_are_kept_apart_and_serial_numbers_and_remarks_are_not() -> None:
    recognised = found(["序号", "学校标识码", "招生计划数", "指标数", "联系电话", "备注"])
    assert recognised is not None
    assert [recognised.headings[position] for position in recognised.unknown] == ["联系电话"]


def test_two_headings_besides_the_key_are_needed() -> None:
    assert found(["学校标识码", "接入教育城域网"]) is None
    assert found(["学校标识码", "接入教育城域网", "带宽"]) is not None


def test_missing_required_columns_are_named() -> None:
    recognised = found(["学校标识码", "带宽", "智慧校园"])
    assert recognised is not None
    assert [column.name for column in recognised.missing_columns] == ["man_connected"]


@pytest.mark.parametrize("rows", [[["填报单位：", "温岭市"]], [[]], [["", ""]], [["注：数据以学年初统计为准。"]]])
def test_a_cover_or_a_note_holds_no_form(rows: list[list[str]]) -> None:
    assert found(*rows) is None


def test_spellings_of_one_heading_are_one() -> None:
    assert normalise_heading("教学\n及辅助用房　面积（㎡）*") == normalise_heading("教学及辅助用房面积(m2)")
    assert normalise_heading("“互联网+义务教育”结对") == normalise_heading("互联网＋义务教育结对")


def test_a_column_that_stands_twice_counts_once() -> None:
    recognised = found(["学校标识码", "学校代码", "招生计划", "指标数"])
    assert recognised is not None
    assert recognised.columns["school_id"] == 0 and recognised.unknown == (1,)
