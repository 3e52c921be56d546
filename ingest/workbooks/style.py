"""What every workbook we write shares: text that stays text, names of sheets that Excel takes, and the look of cells.

Values come from strangers, so nothing is ever written as a formula or a link of theirs (`=cmd|…` stays the text it is).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

SHEET_NAME_CHARACTERS = 31
CELL_CHARACTERS = 32_767
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
LINE_POINTS, ROW_POINTS_MAX = 16, 400
FONT = "Microsoft YaHei"  # any other machine falls back on its own Chinese font

LOOKS: dict[str, dict[str, object]] = {
    "title": {"bold": True, "font_size": 16},
    "subtitle": {"font_color": "#555555"},
    "aside": {"font_color": "#8C8C8C", "font_size": 8},
    "cut": {"align": "fill", "text_wrap": False},  # a long text ends where its column does
    "text": {"text_wrap": True, "valign": "top"},
    "heading": {
        "bold": True,
        "bg_color": "#DCE6F1",
        "border": 1,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
    },
    "cell": {"border": 1, "border_color": "#BFBFBF", "valign": "top", "text_wrap": True},
    "number": {"border": 1, "border_color": "#BFBFBF", "valign": "top", "align": "right"},
    "link": {"border": 1, "border_color": "#BFBFBF", "valign": "top", "font_color": "#0563C1", "underline": 1},
    "input": {
        "border": 1,
        "border_color": "#BFBFBF",
        "valign": "top",
        "text_wrap": True,
        "bg_color": "#FFFFE0",
        "num_format": "@",
    },
    "fatal": {"bg_color": "#C00000", "font_color": "#FFFFFF"},
    "error": {"bg_color": "#F8A5A5"},
    "query": {"bg_color": "#FFE699"},
    "explained": {"bg_color": "#C6E0B4"},
    "note": {"bg_color": "#EDEDED"},
}


class OutgoingSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A sheet that takes every text as text, also one that xlsxwriter would lay down as markup of its own."""

    def write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> int:
        """As xlsxwriter has it; a text within `<r>` gets a space behind it, so that it is no markup."""
        if string.startswith("<r>") and string.endswith("</r>"):
            string += " "
        outcome: int = super().write_string(row, col, string, cell_format)
        return outcome


class OutgoingWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]  # as above
    """A workbook that takes text as text; with `is_large` rows go to disk as they are written, in order, and cannot be merged."""

    def __init__(self, path: Path, is_large: bool = False):
        super().__init__(
            str(path),
            {
                "constant_memory": is_large,
                "in_memory": not is_large,  # otherwise each part goes through a temporary file of its own
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": True,
            },
        )
        self.is_large = is_large
        self.worksheet_class = OutgoingSheet
        self._looks: dict[tuple[str | None, ...], Format] = {}
        self.formats[0].set_font_name(FONT)

    def look(self, *names: str, num_format: str | None = None) -> Format:
        """The format of cells of those looks, laid over one another."""
        key = (*names, num_format)
        if key not in self._looks:
            merged: dict[str, object] = {"font_name": FONT}
            for name in names:
                merged |= LOOKS[name]
            self._looks[key] = self.add_format(merged | ({"num_format": num_format} if num_format else {}))
        return self._looks[key]


def sheet_name(wanted: str, taken: Collection[str]) -> str:
    """A name for a sheet that Excel takes and that no sheet in `taken` has (it ignores case), as near as can be to the one wanted."""
    bare = FORBIDDEN_IN_NAMES.sub("_", wanted).strip("'") or "Sheet"
    lower = {name.casefold() for name in taken}
    candidate, number = bare[:SHEET_NAME_CHARACTERS], 1
    while candidate.casefold() in lower:
        number += 1
        suffix = f"({number})"
        candidate = bare[: SHEET_NAME_CHARACTERS - len(suffix)] + suffix
    return candidate


def fit_row(sheet: Worksheet, row: int, cells: Iterable[tuple[object, float]]) -> None:
    """Makes a row high enough for its wrapped texts, given with the widths of their columns; before its cells are written."""
    lines = max(
        (sum(1 + text_width(line) // int(width - 1) for line in str(value).splitlines()) for value, width in cells),
        default=0,
    )
    if lines > 1:  # a row of one line is left alone, to grow with what people write in it
        sheet.set_row(row, min(lines * LINE_POINTS, ROW_POINTS_MAX))


def text_width(text: str) -> int:
    """How wide a text shows, in Latin characters."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
