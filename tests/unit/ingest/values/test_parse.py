"""Values as people write them: every form is read, what is ambiguous is a fault, nothing is guessed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contracts.contract import Column, load_contracts
from ingest.reference import Reference
from ingest.values import parse as v
from ingest.values.vocabulary import VOCABULARY

DATES = st.dates(date(1901, 2, 1), date(2150, 12, 31))
FULL_WIDTH = str.maketrans("0123456789.,-%/", "０１２３４５６７８９．，－％／")
CONDITIONS, NETWORK = load_contracts()["school_conditions"], load_contracts()["school_connectivity"]
ROOMS, AREA, MONEY = (CONDITIONS.column(name) for name in ("multimedia_rooms", "teaching_area", "equipment_value"))
BANDWIDTH = NETWORK.column("bandwidth_mbps")
YEAR = load_contracts()["pay"].column("year")
GRADUATED = load_contracts()["vocational_graduates"].column("graduation_year")
BLANKS = ["", " ", "—", "/", "-", "N/A", "／", "－", "　", "无"]


@given(day=DATES, way=st.integers(0, 7))
def test_every_way_to_write_a_date_is_read(day: date, way: int) -> None:
    text = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y-%m-%d} 00:00:00",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        str((day - v.EXCEL_EPOCH).days),
        f" {day.year}．{day.month}．{day.day}　".translate(FULL_WIDTH),
    ][way]
    parsed = v.parse_date(text)
    if way == 6 and int(text) in v.YEARS:
        assert parsed == v.NOT_TYPED
    else:
        assert parsed == v.Parsed(day)


@given(day=DATES, way=st.integers(0, 3))
def test_a_month_alone_is_its_first_day(day: date, way: int) -> None:
    text = [f"{day:%Y-%m}", f"{day.year}/{day.month}", f"{day.year}年{day.month}月", f"{day.year}年{day.month:02d}"][
        way
    ]
    assert v.parse_date(text) == v.Parsed(day.replace(day=1), note="month")


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("1978.05", "1978-05"),
        ("2010.10", "2010-10"),
        ("2020.2", "2020-02"),
        ("2020.9", "2020-09"),
        ("202009", "2020-09"),
        ("202009.0", "2020-09"),
    ],
)
def test_two_digits_behind_a_dot_or_one_from_two_to_nine_are_a_month(text: str, month: str) -> None:
    assert v.parse_date(text) == v.Parsed(date.fromisoformat(f"{month}-01"), note="month")


@given(day=DATES)
def test_dates_in_chinese_numerals_are_read(day: date) -> None:
    digits = "〇一二三四五六七八九"
    words = [
        "",
        *digits[1:],
        "十",
        *(f"十{d}" for d in digits[1:]),
        "二十",
        *(f"二十{d}" for d in digits[1:]),
        "三十",
        "三十一",
    ]
    year = "".join(digits[int(character)] for character in f"{day.year:04d}")
    assert v.parse_date(f"{year}年{words[day.month]}月{words[day.day]}日") == v.Parsed(day)


@pytest.mark.parametrize(
    "text", ["2010、9、1", "2010·9·1", "2010—9—1", "20100901.0", "2010-09-01 00:00:00", "2010-09-01T00:00:00Z"]
)
def test_programs_and_people_write_one_day_in_many_ways(text: str) -> None:
    assert v.parse_date(text) == v.Parsed(date(2010, 9, 1))


@pytest.mark.parametrize(
    "text",
    [
        "2020.1",
        "2020",
        "1958",
        "不详",
        "2020-13-01",
        "2020-02-30",
        "20201301",
        "0.5",
        "12",
        "2020年",
    ],
)
def test_what_is_no_date_or_ambiguous_is_a_fault(text: str) -> None:
    assert v.parse_date(text) == v.NOT_TYPED


@given(number=st.decimals(-(10**9), 10**9, places=3), way=st.integers(0, 4))
def test_every_way_to_write_a_number_is_read(number: Decimal, way: int) -> None:
    plain = f"{number:f}"
    text = [plain, plain.translate(FULL_WIDTH), f"{number:,}", f" {plain}　", f"{number:+f}"][way]
    assert v.parse_number(text) == v.Parsed(float(number))


@given(number=st.decimals(0, 100, places=1))
def test_per_cent_is_a_share(number: Decimal) -> None:
    parsed = v.parse_number(f"{number}％")
    assert parsed.note == "percent"
    assert parsed.value == float(number / 100)


@pytest.mark.parametrize("text", ["约五百", "1,23", "12,3456", "1 2 3人", "20-25", "1.2.3", "1e", "五", "500人"])
def test_what_is_no_number_is_a_fault(text: str) -> None:
    assert v.parse_number(text) == v.NOT_TYPED


@pytest.mark.parametrize("text", BLANKS)
def test_marks_for_blanks_are_blanks(text: str) -> None:
    assert v.parse_number(text) == v.parse_date(text) == v.parse_identifier(text) == v.BLANK


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("3.0", 3), ("1,234", 1234), ("１２", 12), ("1E3", 1000)])
def test_whole_numbers_are_read(text: str, value: int) -> None:
    assert v.parse_whole(text, ROOMS) == v.Parsed(value)


@pytest.mark.parametrize("text", ["3.5", "12%", "1e400", "x"])
def test_what_is_no_whole_number_is_a_fault(text: str) -> None:
    assert v.parse_whole(text, ROOMS).fault == "cell.type"


@pytest.mark.parametrize(
    ("text", "mbps"),
    [
        ("1000M", 1000),
        ("千兆", 1000),
        ("百兆", 100),
        ("万兆", 10000),
        ("1Gbps", 1000),
        ("1 G", 1000),
        ("２００Mbps", 200),
        ("1,000 Mbps", 1000),
        ("100M光纤", 100),
        ("千兆光纤", 1000),
        ("1000兆", 1000),
        ("10GE", 10_000),
        ("2*1000M", 2000),
        ("1000M以上", 1000),
    ],
)
def test_a_bandwidth_may_state_its_unit(text: str, mbps: float) -> None:
    assert v.parse_figure(text, BANDWIDTH) == v.Parsed(mbps, note="unit")


@pytest.mark.parametrize("text", ["≥1000", "1000以上", "不低于1000"])
def test_a_bound_is_its_figure(text: str) -> None:
    assert v.parse_figure(text, BANDWIDTH) == v.Parsed(1000.0)


@pytest.mark.parametrize("text", ["1000以下", "1000kbps", "1000Mbps/2", "≥"])
def test_other_words_about_a_bandwidth_are_faults(text: str) -> None:
    assert v.parse_figure(text, BANDWIDTH) == v.NOT_TYPED


@pytest.mark.parametrize(
    ("text", "column", "value"), [("12间", ROOMS, 12), ("350平方米", AREA, 350.0), ("12.5万元", MONEY, 125_000.0)]
)
def test_a_figure_may_have_its_own_unit_behind_it(text: str, column: Column, value: float) -> None:
    parse = v.parse_whole if column.type == "int" else v.parse_figure
    assert parse(text, column).value == value


@given(
    number=st.integers(0, 10**9),
    counter=st.sampled_from(sorted(VOCABULARY.counters)),
    blank=st.sampled_from(["", " ", "　"]),
)
def test_a_whole_number_may_have_any_counter_behind_it(number: int, counter: str, blank: str) -> None:
    assert v.parse_whole(f"{number}{blank}{counter}", ROOMS).value == number
    assert v.parse_whole(f"{number}{blank}百{counter}", ROOMS) == v.NOT_TYPED


@pytest.mark.parametrize(
    ("text", "column"), [("12百间", ROOMS), ("12元", ROOMS), ("350平方公里", AREA), ("12千", MONEY)]
)
def test_a_unit_that_is_not_known_for_the_column_is_a_fault(text: str, column: Column) -> None:
    parse = v.parse_whole if column.type == "int" else v.parse_figure
    assert parse(text, column) == v.NOT_TYPED


@pytest.mark.parametrize("text", ["2022", "2022年", "2022学年", "2022.0"])
def test_a_year_may_say_that_it_is_one(text: str) -> None:
    assert v.parse_whole(text, YEAR).value == 2022


@pytest.mark.parametrize("text", ["2022-06-30", "2022年6月", "2022.06", "202206"])
def test_a_date_gives_its_year_where_the_contract_says_so(text: str) -> None:
    assert v.parse_whole(text, GRADUATED).value == 2022


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("三年级", "P3", "label:3"),
        ("3年级", "P3", "label:3"),
        ("七年级", "J1", None),
        ("9年级", "J3", None),
        ("小学三年级", "P3", None),
        ("高一", "S1", None),
        ("2022级", None, "entry::2022"),
        ("2022", None, "entry::2022"),
        ("2022年9月", None, "entry::2022"),
        ("高中2022级", None, "entry:senior:2022"),
        ("初2021级", None, "entry:junior:2021"),
        ("小学2019级", None, "entry:primary:2019"),
    ],
)
def test_a_grade_says_what_it_leaves_open(reference: Reference, text: str, value: str | None, note: str | None) -> None:
    assert v.parse_grade(text, v.code_table(reference.codes["grade"])) == v.Parsed(value, note=note)


@pytest.mark.parametrize("text", ["2022届", "十年级", "小七", "2022年3月"])
def test_what_is_no_grade_is_a_fault(reference: Reference, text: str) -> None:
    assert v.parse_grade(text, v.code_table(reference.codes["grade"])).fault == "cell.code"


@pytest.mark.parametrize(("text", "code"), [("1-男", "M"), ("2－女", "F"), ("9-男", "M")])
def test_a_code_may_stand_beside_its_label(reference: Reference, text: str, code: str) -> None:
    assert v.parse_code(text, v.code_table(reference.codes["sex"])).value == code


def test_a_code_that_contradicts_its_label_is_a_fault(reference: Reference) -> None:
    table = v.code_table(reference.codes["boarding"])
    assert v.parse_code("1-走读", table).value == "day"
    assert v.parse_code("1-住校", table).fault == "cell.code"


def test_a_bandwidth_without_unit_is_left_to_the_heading() -> None:
    assert v.parse_figure("1000", BANDWIDTH) == v.Parsed(1000.0)
    assert v.parse_figure("很快", BANDWIDTH) == v.NOT_TYPED


@given(data=st.data())
def test_every_label_of_every_list_stands_for_its_code(data: st.DataObject, reference: Reference) -> None:
    codes = reference.codes[data.draw(st.sampled_from(sorted(reference.codes)))]
    code = data.draw(st.sampled_from(codes))
    label = data.draw(st.sampled_from([code.code, code.label_zh, *code.accepted_labels]))
    disguised = data.draw(
        st.sampled_from(
            [label, f" {label}　", label.translate(FULL_WIDTH), label.replace("（", "(").replace("）", ")")]
        )
    )
    assert v.parse_code(disguised, v.code_table(codes)) == v.Parsed(code.code)


def test_none_is_a_code_where_the_list_has_it_else_a_blank(reference: Reference) -> None:
    def parse(code_list: str, text: str) -> v.Parsed:
        return v.parse_code(text, v.code_table(reference.codes[code_list]))

    assert parse("disability", "无").value == "none"
    assert parse("yes_no", "无").value == "false"
    assert parse("fitness_grade", "无") == v.BLANK
    assert parse("fitness_grade", "一般") == v.Parsed(fault="cell.code")
    assert parse("urban_rural", "220.0").value == "220"


@given(number=st.integers(10**9, 10**15 - 1), way=st.integers(0, 3))
def test_identifiers_kept_as_numbers_are_restored(number: int, way: int) -> None:
    digits = str(number)
    text = [digits, f"{digits}.0", f"{digits[0]}.{digits[1:]}E+{len(digits) - 1}", f"'{digits}"][way]
    assert v.parse_identifier(text) == v.Parsed(digits)


@pytest.mark.parametrize("text", ["3.31002E+17", "3.31002E17", "3.3E+9", "３.31002199001011E+17"])
def test_identifiers_that_lost_digits_are_a_fault(text: str) -> None:
    assert v.parse_identifier(text).fault == "id.precision_lost"


def test_a_small_x_is_a_large_one() -> None:
    assert v.parse_identifier("g33100220050327000x").value == "G33100220050327000X"


@pytest.mark.parametrize(
    "names",
    [["1班", "（1）班", "一班", "１班", "(1) 班", " 1 班 "], ["十二班", "12班", "(12)班"], ["701班", "７０１班"]],
)
def test_spellings_of_one_class_are_one(names: list[str]) -> None:
    assert len({v.normalise_class(name) for name in names}) == 1


def test_different_classes_stay_different() -> None:
    names = ["1班", "2班", "11班", "701班", "71班", "实验班", "高一（2）班", "二十一班", "二十班", "十班"]
    assert len({v.normalise_class(name) for name in names}) == len(names)
    assert v.normalise_class("二十一班") == "21"


@given(text=st.text(alphabet="甲乙班0123456789X １２", max_size=40))
def test_no_long_run_of_digits_is_ever_shown(text: str) -> None:
    import re

    assert not re.search(r"\d{13,}", v.mask_digits(text))


def test_masks_show_the_first_six_and_last_four() -> None:
    assert v.mask_identifier("331002199001011234") == "331002********1234"
    assert v.mask_identifier("33100219900") == "***********"
    assert v.mask_digits("高一331002199001011234班") == "高一331002********1234班"


@given(
    number=st.text(alphabet="0123456789ABGX", min_size=5, max_size=18).filter(lambda text: "E" not in text),
    wrap=st.sampled_from(["{}", "'{}", "‘{}", '="{}"', '"{}"', "\t{}", "“{}”", " {} ", "`{}"]),
)
def test_what_protects_digits_is_none_of_an_identifier(number: str, wrap: str) -> None:
    assert v.parse_identifier(wrap.format(number)) == v.Parsed(number)
    assert v.parse_identifier(wrap.format(number.lower().translate(FULL_WIDTH))) == v.Parsed(number)
