"""How single values are written: codes as labels, numbers as text, dates in all forms, identifiers as numbers, blanks as dashes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingest.contracts.contract import Column
from ingest.sample.catalogue import Catalogue

Cell = str | int | float | dt.date | None
STYLED = ("xlsx", "xls", "xlsm", "ods", "xlsx_as_xls")
TEXT_ONLY = ("csv", "tsv", "semicolon", "pipe", "quoted", "html", "csv_as_xls")
FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in "0123456789.-ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
CHINESE_DIGITS = "零一二三四五六七八九"
MOST_OF_A_CODE = 4
SPOKEN = "〇一二三四五六七八九"
MONTHS = {"month": "-", "month_dot": "."}


@dataclass(frozen=True)
class Ways:
    """Which way of writing is used for each kind of value; several are mixed by row."""

    codes: tuple[str, ...] = ("label",)
    bools: tuple[str, ...] = ("label",)
    numbers: tuple[str, ...] = ("number",)
    dates: tuple[str, ...] = ("date",)
    identifiers: tuple[str, ...] = ("text",)
    classes: tuple[str, ...] = ("plain",)
    padded_text: bool = False
    lower_x: bool = False
    bandwidth: bool = False
    blank: str | None = None


TIDY = Ways()
ALL_WAYS = {
    "codes": ("label", "code", "accepted", "full_width", "spaced", "both"),
    "bools": ("label", "accepted", "code"),
    "numbers": ("number", "text", "commas", "full_width", "counter"),
    "dates": (
        "date",
        "serial",
        "dots",
        "chinese",
        "compact",
        "compact_number",
        "iso",
        "slashes",
        "month",
        "month_dot",
        "spoken",
    ),
    "identifiers": ("text", "number", "spaced", "full_width"),
    "classes": ("plain", "full_width", "brackets", "chinese", "bare"),
}
TEXT_DATES = ("iso", "serial", "dots", "chinese", "compact", "slashes", "month", "month_dot", "spoken")


def messy_ways(cat: Catalogue, rng: np.random.Generator, file_format: str, mixed: bool) -> Ways:
    """Ways of writing for one sheet: mostly one a kind, sometimes mixed."""

    def choose(kind: str) -> tuple[str, ...]:
        able = ALL_WAYS[kind] if kind != "dates" or file_format not in TEXT_ONLY else TEXT_DATES
        count = int(rng.integers(2, 4)) if mixed and kind != "dates" else 1
        return tuple(str(w) for w in rng.choice(able, count, replace=False))

    kinds = {kind: choose(kind) for kind in ALL_WAYS}
    blanks = [None, *cat.data["wording"]["blanks"], cat.data["wording"]["nothing"]]
    return Ways(
        **kinds,
        padded_text=bool(rng.random() < 0.3),
        lower_x=bool(rng.random() < 0.3),
        bandwidth=bool(rng.random() < 0.6),
        blank=blanks[int(rng.integers(len(blanks)))],
    )


def render(
    cat: Catalogue, rng: np.random.Generator, column: Column, values: pd.Series, ways: Ways, factor: float = 1.0
) -> list[Cell]:
    """The cells of a column."""
    missing = values.isna().to_numpy()
    if column.unit == "Mbps" and ways.bandwidth:
        out = _bandwidths(cat, rng, values)
    elif column.type in ("number", "int"):
        out = _by_row(
            rng, ways.numbers, values, lambda v, way: _numbers(v, way, factor, counter_of(cat, column, factor))
        )
    elif column.type == "date":
        out = _by_row(rng, ways.dates, values, _dates)
    elif column.type in ("code", "bool"):
        out = _by_row(
            rng,
            ways.codes if column.type == "code" else ways.bools,
            values,
            lambda v, way: _codes(cat, rng, column, v, way),
        )
    elif column.identifier:
        out = _by_row(rng, ways.identifiers, values, lambda v, way: _identifiers(column, v, way, ways.lower_x))
    else:
        out = _texts(rng, column, values, ways)
    blank = blank_cell(cat, column, ways)
    return [blank if gone else cell for cell, gone in zip(out, missing, strict=True)]


def blank_cell(cat: Catalogue, column: Column, ways: Ways) -> Cell:
    """How a blank is written: nothing, or a dash where the column is no text; 无 only where it means nothing else."""
    if column.blanks:
        return column.blanks[0]
    if column.type == "text" or ways.blank is None:
        return None
    if ways.blank == cat.data["wording"]["nothing"] and column.codes:
        labels = {label for code in cat.codes(column.codes) for label in (code.label_zh, *code.accepted_labels)}
        return None if ways.blank in labels else ways.blank
    return ways.blank


def _by_row(rng: np.random.Generator, ways: tuple[str, ...], values: pd.Series, write: object) -> list[Cell]:
    """Writes a column in one way, or every row in one of several."""
    if len(ways) == 1:
        return list(write(values, ways[0]))  # type: ignore[operator]
    columns = [list(write(values, way)) for way in ways]  # type: ignore[operator]
    return [columns[k][i] for i, k in enumerate(rng.integers(0, len(ways), len(values)))]


# ---- numbers --------------------------------------------------------------------------------------------------------
def plain(value: float) -> int | float:
    """A number without a needless decimal point."""
    return int(value) if float(value).is_integer() else float(value)


def counter_of(cat: Catalogue, column: Column, factor: float) -> str:
    """The word that people write behind a figure of this column; '' where its unit is another one."""
    if column.equals:
        return "年"
    return str(cat.data["wording"]["unit_words"].get(column.unit, "")) if factor == 1 else ""


def _numbers(values: pd.Series, way: str, factor: float, counter: str = "") -> list[Cell]:
    numbers = [None if np.isnan(v) else plain(round(v / factor, 12)) for v in values.to_numpy(float)]
    if way == "counter":
        return [None if n is None else f"{_positional(n)}{counter}" for n in numbers]
    if way == "number":
        return list(numbers)
    if way == "commas":
        return [None if n is None else f"{n:,}" if isinstance(n, int) or n >= 1 else _positional(n) for n in numbers]
    text = [None if n is None else _positional(n) for n in numbers]
    return [t.translate(FULL_WIDTH) if t and way == "full_width" else t for t in text]


def _positional(number: int | float) -> str:
    """The number without an exponent."""
    return str(number) if isinstance(number, int) else str(np.format_float_positional(number, trim="-"))


def _bandwidths(cat: Catalogue, rng: np.random.Generator, values: pd.Series) -> list[Cell]:
    """1000 as 1000M, 1G or 千兆; other speeds in M."""
    spoken = cat.data["bandwidth"]
    out: list[Cell] = []
    for value in values.to_numpy(float):
        if np.isnan(value):
            out.append(None)
        else:
            words = spoken.get(int(value), [f"{plain(value)}M", f"{plain(value)}Mbps", f"{plain(value / 1000)}G"])
            out.append(words[int(rng.integers(len(words)))])
    return out


def as_number(cell: Cell) -> float | None:
    """What a cell with a number says, as it stands."""
    if isinstance(cell, (int, float)):
        return float(cell)
    if not isinstance(cell, str):
        return None
    text = cell.translate({v: k for k, v in FULL_WIDTH.items()}).replace(",", "")
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


# ---- dates ----------------------------------------------------------------------------------------------------------
def _dates(values: pd.Series, way: str) -> list[Cell]:
    days = values.to_numpy().astype("datetime64[D]")
    if way in MONTHS and (pd.isna(days) | (days == days.astype("datetime64[M]").astype("datetime64[D]"))).all():
        return [None if t == "NaT" else t[:7].replace("-", MONTHS[way]) for t in np.datetime_as_string(days).tolist()]
    if way == "date":
        return [None if pd.isna(v) else v for v in days.tolist()]
    if way in ("serial", "compact_number"):
        base = days.astype(np.int64) + 25569
        text = np.datetime_as_string(days)
        return [
            None if t == "NaT" else int(t.replace("-", "")) if way == "compact_number" else int(n)
            for n, t in zip(base.tolist(), text.tolist(), strict=True)
        ]
    return [_date_text(t, way) for t in np.datetime_as_string(days).tolist()]


def _date_text(text: str, way: str) -> str | None:
    """An ISO date written the way people do; dots and slashes without leading zeros."""
    if text == "NaT":
        return None
    if way == "compact":
        return text.replace("-", "")
    if way in ("iso", *MONTHS):
        return text
    year, month, day = text.split("-")
    if way == "spoken":
        return f"{''.join(SPOKEN[int(c)] for c in year)}年{_spoken(int(month))}月{_spoken(int(day))}日"
    month, day = month.lstrip("0"), day.lstrip("0")
    return {
        "dots": f"{year}.{month}.{day}",
        "slashes": f"{year}/{month}/{day}",
        "chinese": f"{year}年{month}月{day}日",
    }[way]


def _spoken(number: int) -> str:
    """A number below 100 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else SPOKEN[tens]) + ("十" if tens else "") + (SPOKEN[ones] if ones else "")


# ---- codes ----------------------------------------------------------------------------------------------------------
def _codes(cat: Catalogue, rng: np.random.Generator, column: Column, values: pd.Series, way: str) -> list[Cell]:
    """Codes or labels; yes/no values too."""
    codes = cat.codes(str(column.codes))
    pick = int(rng.integers(0, 6))
    words: dict[object, Cell] = {}
    for code in codes:
        accepted = code.accepted_labels or (code.label_zh,)
        word = {
            "label": code.label_zh,
            "code": code.code,
            "accepted": accepted[pick % len(accepted)],
            "full_width": code.code.upper().translate(FULL_WIDTH) if code.code[-1].isdigit() else code.label_zh,
            "spaced": f" {code.label_zh}　",
            "both": f"{code.code}-{code.label_zh}" if len(code.code) <= MOST_OF_A_CODE else code.label_zh,
        }[way]
        key: object = code.code == "true" if column.type == "bool" else code.code
        words[key] = word
    return [None if value is pd.NA else words.get(value) for value in values.astype(object)]


# ---- identifiers and text -------------------------------------------------------------------------------------------
def _identifiers(column: Column, values: pd.Series, way: str, lower_x: bool) -> list[Cell]:
    """Identifiers; as numbers only where a spreadsheet loses no digit."""
    out: list[Cell] = []
    for value in values.tolist():
        if not isinstance(value, str):
            out.append(None)
            continue
        if lower_x and column.national_id and value.endswith("X"):
            value = value[:-1] + "x"
        if way == "number" and value.isdigit() and len(value) <= 15 and value[0] != "0":
            out.append(int(value))
        elif way == "spaced":
            out.append(f"{value} ")
        elif way == "full_width" and column.pii is None:
            out.append(value.translate(FULL_WIDTH))
        else:
            out.append(value)
    return out


def _texts(rng: np.random.Generator, column: Column, values: pd.Series, ways: Ways) -> list[Cell]:
    """Text; class names in several spellings, and keys with spaces around them."""
    texts: list[Cell] = [v if isinstance(v, str) else None for v in values.tolist()]
    if column.comparable == "class" and ways.classes != ("plain",):
        kinds = rng.integers(0, len(ways.classes), len(texts))
        return [_class_name(str(t), ways.classes[k]) if t else None for t, k in zip(texts, kinds, strict=True)]
    if column.comparable == "text" and ways.padded_text:
        spaced = rng.random(len(texts)) < 0.3
        return [f"{t}　" if s and t else t for t, s in zip(texts, spaced, strict=True)]
    return texts


def _class_name(name: str, way: str) -> str:
    """Another spelling of the same class."""
    match = re.fullmatch(r"([^0-9]*)(\d+)班", name)
    if not match:
        return name
    before, number = match.groups()
    if way == "full_width":
        return f"{before}{number.translate(FULL_WIDTH)}班"
    if way == "brackets":
        return f"{before}（{number}）班"
    if way == "chinese" and not before and int(number) < 20:
        return f"{'十' if int(number) >= 10 else ''}{CHINESE_DIGITS[int(number) % 10] if int(number) % 10 else ''}班"
    return f"{before}{number}" if way == "bare" else name
