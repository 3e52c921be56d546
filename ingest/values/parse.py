"""Parsing one value as people write it. Every function takes text as sent and never guesses: what is ambiguous is a fault.

They are called once for each distinct text of a column, never once a cell.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from ingest.contracts.contract import Column
from ingest.reference import Code
from ingest.values.units import Factor, unit_of
from ingest.values.vocabulary import VOCABULARY

EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = range(367, 100_000)  # 1901 to 2173
YEARS = range(1800, 2200)
LONG_DIGITS_MIN = 11
LONG_DIGITS = re.compile(rf"\d{{{LONG_DIGITS_MIN},}}")
GROUPED_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d{1,3})?")
NUMBER_AND_WORD = re.compile(r"([+-]?[\d.,]+)([^\d.,]\D*|m2|[^\d.,]+m2)")
YEAR_WORDS = {"年", "年度", "学年", "学年度"}
BANDWIDTH_NOISE = re.compile(
    r"^(?:≥|>=|>|不低于|不少于|大于等于|大于|约)|(?:光纤|以太网|宽带|专线|带宽|接入|网络|线路)|(?:及|或)?以上$"
)
WRAPPERS = re.compile(r"^=?[\"'`‘’“”]+|[\"'`‘’“”]+$")
PRIMARY_YEARS = 6
GRADE_LABEL = re.compile(r"([一二三四五六七八九1-9])年级")
ENTRY_STAGES = {
    "幼儿园": "preschool",
    "小学": "primary",
    "小": "primary",
    "初中": "junior",
    "初": "junior",
    "高中": "senior",
    "高": "senior",
    "普高": "senior",
    "中职": "vocational",
    "职高": "vocational",
    "中专": "vocational",
}
ENTRY_YEAR = re.compile(
    rf"({'|'.join(sorted(ENTRY_STAGES, key=len, reverse=True))})?(20\d\d)(?:级|年?(?:0?9月)?|-0?9|\.0?9|09)"
)
CODE_AND_LABEL = re.compile(r"([0-9a-z]{1,4})[-—_:、](.+)")
CHINESE_DATE = re.compile(r"[零〇○一二三四五六七八九]{4}年")
SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?E\+?(\d{1,2})")
CHINESE_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}


@dataclass(frozen=True)
class Parsed:
    """A value with its fault; both None for a blank. `note` tells a per cent, a unit in the cell, or a date without a day."""

    value: object = None
    fault: str | None = None
    note: str | None = None


BLANK = Parsed()
FORMULA = "=?"  # what the reader puts for a formula whose result the file does not hold
NOT_TYPED = Parsed(fault="cell.type")


def clean(text: str) -> str:
    """NFKC with outer spaces removed."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n\u200b\ufeff")


def is_blank(cleaned: str) -> bool:
    """A blank or one of the marks that people write for it; 无 counts too (callers look for a code first)."""
    return cleaned in VOCABULARY.blank_marks or cleaned == VOCABULARY.none_mark


def fault_of(cleaned: str) -> str | None:
    """The check that what a spreadsheet shows instead of a value fails: an error (#REF!), or a formula without a result."""
    if cleaned == FORMULA:
        return "cell.formula"
    return "cell.type" if cleaned in VOCABULARY.error_texts else None


def parse_number(text: str) -> Parsed:
    """A number: full width, thousands commas, per cent (as a share, noted `percent`)."""
    cleaned = clean(text).replace(" ", "").upper()
    if is_blank(cleaned):
        return BLANK
    is_percent = cleaned.endswith("%")
    digits = cleaned.removesuffix("%")
    if GROUPED_NUMBER.fullmatch(digits):
        digits = digits.replace(",", "")
    if not PLAIN_NUMBER.fullmatch(digits):
        return NOT_TYPED
    number = Decimal(digits)
    return Parsed(float(number / 100), note="percent") if is_percent else Parsed(float(number))


def parse_figure(text: str, column: Column) -> Parsed:
    """A figure of a column: a number, or one with its own unit behind it, which then comes in the contract's unit, noted `unit`."""
    parsed = parse_number(text)
    if not parsed.fault:
        return parsed
    if column.unit == "Mbps":
        return _parse_bandwidth(text, column)
    found = NUMBER_AND_WORD.fullmatch(re.sub(r"\s", "", clean(text)))
    unit = unit_of(column, [found[2]]) if found else None
    if found and column.equals and found[2] in YEAR_WORDS:
        unit = Factor(1.0, found[2])
    number = parse_number(found[1]).value if found else None
    return (
        Parsed(number * unit.factor, note="unit")
        if isinstance(number, float) and isinstance(unit, Factor)
        else NOT_TYPED
    )


def parse_whole(text: str, column: Column) -> Parsed:
    """A whole number of a column, with or without its counter (12间, 2022年); 3.0 is one, 3.5 is a fault."""
    if column.year_of_date and isinstance(day := parse_date(text).value, date):
        return Parsed(day.year)
    parsed = parse_figure(text, column)
    if parsed.value is None:
        return parsed
    number = parsed.value
    if not isinstance(number, float) or not number.is_integer() or abs(number) > 2**53 or parsed.note == "percent":
        return NOT_TYPED
    return Parsed(int(number))


def _parse_bandwidth(text: str, column: Column) -> Parsed:
    """1000M, 1Gbps, 千兆光纤, 10GE, 2*1000M; a bound (≥1000, 1000以上) is its figure. What states its unit is noted `unit`."""
    bare = BANDWIDTH_NOISE.sub("", re.sub(r"\s", "", clean(text)).casefold())
    times, _, line = bare.rpartition("*") if re.match(r"\d+\*", bare) else ("1", "", bare)
    found = re.fullmatch(r"([\d.,]*)(\D*)", line)
    number = (parse_number(found[1]).value if found[1] else 1.0) if found else None
    if not found or not isinstance(number, float) or not (found[1] or found[2]):
        return NOT_TYPED
    if not found[2]:
        return Parsed(number * int(times))
    unit = unit_of(column, [found[2]])
    return Parsed(number * unit.factor * int(times), note="unit") if isinstance(unit, Factor) else NOT_TYPED


def _date(year: str, month: str, day: str | None = None) -> Parsed:
    try:
        parsed = date(int(year), int(month), int(day or 1))
    except ValueError:
        return NOT_TYPED
    return Parsed(parsed, note=None if day else "month") if parsed.year in YEARS else NOT_TYPED


TIME = r"(?:[ T]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
DATE_FORMS = (
    re.compile(rf"(\d{{4}})([-/.、·—–])(\d{{1,2}})\2(\d{{1,2}}){TIME}"),
    re.compile(rf"(\d{{4}})(年)(\d{{1,2}})月(\d{{1,2}})[日号]?{TIME}"),
    re.compile(r"((?:18|19|20|21)\d{2})()(\d{2})(\d{2})(?:\.0+)?"),
)
MONTH_FORMS = (
    re.compile(r"(\d{4})[-/](\d{1,2})"),
    re.compile(r"(\d{4})\.(\d{2}|[2-9])"),  # 2020.1 is January, or an October that lost its zero
    re.compile(r"(\d{4})年(\d{1,2})月?"),
    re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])(?:\.0+)?"),
)


@functools.lru_cache(maxsize=1 << 16)
def parse_date(text: str) -> Parsed:
    """A date: real dates, serials of a spreadsheet, 2020.9.1, 2020-09 (day 1, noted `month`), 2020年9月1日, 20200901.

    A number such as 2020.1 could be January or October and is a fault, and so is a bare year.
    """
    if plain := DATE_FORMS[0].fullmatch(text):  # as most are
        return _date(plain[1], plain[3], plain[4])
    cleaned = clean(text)
    if is_blank(cleaned):
        return BLANK
    compact = _with_digits(re.sub(r"(?<=\D) | (?=\D)", "", cleaned))
    for form in DATE_FORMS:
        if found := form.fullmatch(compact) or form.fullmatch(cleaned):
            return _date(found[1], found[3], found[4])
    for form in MONTH_FORMS:
        if found := form.fullmatch(compact):
            return _date(found[1], found[2])
    serial = re.fullmatch(r"(\d{3,5})(\.\d+)?", compact)
    if serial and int(serial[1]) in SERIALS and int(serial[1]) not in YEARS:
        return Parsed(EXCEL_EPOCH + timedelta(days=int(serial[1])))
    return NOT_TYPED


def _with_digits(text: str) -> str:
    """二〇二〇年九月一日 as 2020年9月1日."""
    if not CHINESE_DATE.match(text):
        return text
    return re.sub(r"[零〇○一二三四五六七八九十]+", lambda run: str(_chinese_number(run[0].replace("○", "〇"))), text)


def label_key(text: str) -> str:
    """What two spellings of one label share: NFKC, no spaces, one case."""
    return re.sub(r"\s", "", clean(text)).casefold()


def code_table(codes: Iterable[Code]) -> dict[str, str]:
    """Code by every spelling that stands for it: the code itself, its label, and the accepted labels."""
    return {
        label_key(spelling): code.code
        for code in codes
        for spelling in (code.code, code.label_zh, *code.accepted_labels)
    }


def parse_code(text: str, table: Mapping[str, str]) -> Parsed:
    """A code or accepted label of a list, or both (1-男); 无 is a blank only where the list has no such label."""
    key = label_key(text)
    if key in table:
        return Parsed(table[key])
    if both := CODE_AND_LABEL.fullmatch(key):
        code, label = (table.get(part) for part in both.groups())
        return Parsed(label) if label and code in (None, label) else Parsed(fault="cell.code")
    if re.fullmatch(r"\d+\.0+", key) and key.split(".")[0] in table:
        return Parsed(table[key.split(".")[0]])
    return BLANK if is_blank(clean(text)) else Parsed(fault="cell.code")


def parse_grade(text: str, table: Mapping[str, str]) -> Parsed:
    """A year of a stage. Where the cell does not say all of it, the note does: `label:3` for 三年级, whose stage the school's type
    decides; `entry:primary:2019` or `entry::2022` for a year of entry, with or without the stage.
    """
    key = label_key(text)
    if found := GRADE_LABEL.fullmatch(key):
        year = CHINESE_DIGITS.get(found[1]) or int(found[1])
        code = table.get(f"{'零一二三四五六七八九'[year]}年级")
        return Parsed(code, note=f"label:{year}" if year <= PRIMARY_YEARS else None)
    parsed = parse_code(text, table)
    if parsed.fault and (found := ENTRY_YEAR.fullmatch(key)):
        return Parsed(note=f"entry:{ENTRY_STAGES.get(found[1] or '', '')}:{found[2]}")
    return parsed


def parse_identifier(text: str) -> Parsed:
    """An identifier as upper-case text; one that a spreadsheet made a number is restored where no digit was lost."""
    cleaned = WRAPPERS.sub("", re.sub(r"\s", "", clean(text))).upper()
    if is_blank(cleaned):
        return BLANK
    if found := SCIENTIFIC.fullmatch(cleaned):
        digits = found[1] + (found[2] or "")
        if len(digits) < int(found[3]) + 1:
            return Parsed(fault="id.precision_lost")
        try:
            return Parsed(f"{Decimal(cleaned):f}".split(".")[0])
        except InvalidOperation:
            return NOT_TYPED
    return Parsed(re.sub(r"(?<=\d)\.0+$", "", cleaned))


def normalise_text(text: str) -> str:
    """Text for counting distinct: NFKC, spaces collapsed."""
    return re.sub(r"\s+", " ", clean(text))


@functools.lru_cache(maxsize=65536)
def normalise_class(text: str) -> str:
    """A class name for counting distinct: 1班, （1）班, 一班 and １ 班 are one class; 701班 stays 701."""
    bare = re.sub(r"[\s()\[\]{}【】〔〕]", "", clean(text)).removesuffix("班")
    return str(_chinese_number(bare)) if bare and all(c in CHINESE_DIGITS for c in bare) else bare


def _chinese_number(text: str) -> int | str:
    """一 is 1, 十二 is 12, 二十 is 20, 二〇一 is 201."""
    if "十" not in text:
        return "".join(str(CHINESE_DIGITS[c]) for c in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return text
    return (CHINESE_DIGITS[tens] if tens else 1) * 10 + (CHINESE_DIGITS[ones] if ones else 0)


def mask_digits(text: str) -> str:
    """Hides runs of 11 or more digits (a table that slipped by one column puts ID numbers anywhere)."""
    if len(text) < LONG_DIGITS_MIN:
        return text
    return LONG_DIGITS.sub(lambda run: mask_identifier(run[0]), text)


def mask_identifier(text: str) -> str:
    """331002********1234: the first 6 and the last 4 characters, or nothing of it when it is shorter than 12."""
    return "*" * len(text) if len(text) < 12 else text[:6] + "*" * (len(text) - 10) + text[-4:]
