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

from ingest.reading.vocabulary import VOCABULARY
from ingest.reference import Code

EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = range(367, 100_000)  # 1901 to 2173
YEARS = range(1800, 2200)
LONG_DIGITS_MIN = 13
LONG_DIGITS = re.compile(rf"\d{{{LONG_DIGITS_MIN},}}")
GROUPED_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d{1,3})?")
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
NOT_TYPED = Parsed(fault="cell.type")


def clean(text: str) -> str:
    """NFKC with outer spaces removed."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n\u200b\ufeff")


def is_blank(cleaned: str) -> bool:
    """A blank or one of the marks that people write for it; 无 counts too (callers look for a code first)."""
    return cleaned in VOCABULARY.blank_marks or cleaned == VOCABULARY.none_mark


def is_error(cleaned: str) -> bool:
    """An error value of a spreadsheet, such as #REF!."""
    return cleaned in VOCABULARY.error_texts


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


def parse_integer(text: str) -> Parsed:
    """A whole number; 3.0 is one, 3.5 is a fault."""
    parsed = parse_number(text)
    if parsed.value is None:
        return parsed
    number = parsed.value
    if not isinstance(number, float) or not number.is_integer() or abs(number) > 2**53 or parsed.note:
        return NOT_TYPED
    return Parsed(int(number))


def parse_bandwidth(text: str) -> Parsed:
    """A bandwidth; one that states its unit (1000M, 1Gbps, 千兆) comes in Mbps and is noted `unit`."""
    parsed = parse_number(text)
    if not parsed.fault:
        return parsed
    cleaned = re.sub(r"\s", "", clean(text)).casefold().replace("以太网", "").replace("光纤", "")
    for word, mbps in VOCABULARY.mbps_words.items():
        if cleaned == word:
            return Parsed(float(mbps), note="unit")
    found = re.fullmatch(r"([\d.,]+)(\D.*)", cleaned)
    factor = VOCABULARY.mbps_factors.get(found[2]) if found else None
    number = parse_number(found[1]).value if found else None
    return Parsed(number * factor, note="unit") if isinstance(number, float) and factor else NOT_TYPED


def _date(year: str, month: str, day: str | None = None) -> Parsed:
    try:
        parsed = date(int(year), int(month), int(day or 1))
    except ValueError:
        return NOT_TYPED
    return Parsed(parsed, note=None if day else "month") if parsed.year in YEARS else NOT_TYPED


DATE_FORMS = (
    re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"),
    re.compile(r"(\d{4})(年)(\d{1,2})月(\d{1,2})[日号]?"),
    re.compile(r"((?:18|19|20|21)\d{2})()(\d{2})(\d{2})"),
)
MONTH_FORMS = (
    re.compile(r"(\d{4})[-/](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月?"),
    re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])"),
)


@functools.lru_cache(maxsize=1 << 16)
def parse_date(text: str) -> Parsed:
    """A date: real dates, serials of a spreadsheet, 2020.9.1, 2020-09 (day 1, noted `month`), 2020年9月1日, 20200901.

    A number such as 2020.1 could be January or October and is a fault, and so is a bare year.
    """
    cleaned = clean(text).replace(" 00:00:00", "")
    if is_blank(cleaned):
        return BLANK
    compact = re.sub(r"(?<=\D) | (?=\D)", "", cleaned)
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
    """A code or accepted label of a list; 无 is a blank only where the list has no such label."""
    key = label_key(text)
    if key in table:
        return Parsed(table[key])
    if re.fullmatch(r"\d+\.0+", key) and key.split(".")[0] in table:
        return Parsed(table[key.split(".")[0]])
    return BLANK if is_blank(clean(text)) else Parsed(fault="cell.code")


def parse_identifier(text: str) -> Parsed:
    """An identifier as upper-case text; one that a spreadsheet made a number is restored where no digit was lost."""
    cleaned = re.sub(r"\s", "", clean(text)).strip("'`’").upper()
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
    """Hides runs of 13 or more digits (a table that slipped by one column puts ID numbers anywhere)."""
    if len(text) < LONG_DIGITS_MIN:
        return text
    return LONG_DIGITS.sub(lambda run: mask_identifier(run[0]), text)


def mask_identifier(text: str) -> str:
    """331002********1234: the first 6 and the last 4 characters, or nothing of it when it is shorter than 12."""
    return "*" * len(text) if len(text) < 12 else text[:6] + "*" * (len(text) - 10) + text[-4:]
