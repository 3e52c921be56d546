"""Delimited text, with comma, tab, semicolon or vertical bar; a large one in parts."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from ingest.errors import UnreadableDocumentError
from ingest.reading.encoding import PIECE_CHARACTERS, REPLACEMENT, Text, find_encoding
from ingest.reading.quotes import QUOTE, Rows, settle, unquoted_whole, width_of
from ingest.reading.sheet import Sheet, text_columns, without_nulls
from ingest.values.characters import visible_text

SHEET_NAME = "Sheet1"
DELIMITERS = ",\t;|"
SNIFFED_CHARACTERS = 1 << 14
ODD_ROWS_MAX = 200
LINE_CHARACTERS_MAX = 1 << 20
UNSETTLED_LINES_MAX = 10_000
TOO_LONG = f"文本中有超过 {LINE_CHARACTERS_MAX} 个字符的行，不是表格"


def find_delimiter(text: str) -> str:
    """The delimiter that stands most often in the head of the text, outside quotes."""
    head = re.sub(r'"[^"]*"?', "", text[:SNIFFED_CHARACTERS])
    return max(DELIMITERS, key=head.count)


def read_delimited(text: Text) -> list[Sheet]:
    """The one sheet of a delimited text."""
    whole = unquoted_whole(_ended_alike(visible_text(text.text)), DELIMITERS)
    sheet, _ = _sheet(whole, *_layout(whole), is_last=True)
    sheet.notes = (("document.bad_bytes", text.bad_bytes),) if text.bad_bytes else ()
    return [sheet]


def read_in_parts(path: Path) -> Iterator[Sheet]:
    """The one sheet of a delimited text, some rows at a time, each time with at least as many columns as the first.

    UnreadableDocumentError when it is no text, or when a later part cannot be parsed.
    """
    encoding = find_encoding(path)
    delimiter, usual_width, width, rows = "", 0, 0, 0
    rest = ""
    for piece, is_last in _pieces(path, encoding.name):
        text = rest + unquoted_whole(_ended_alike(visible_text(piece)), DELIMITERS)
        if not delimiter:
            delimiter, usual_width = _layout(text)
        sheet, rest = _sheet(text, delimiter, usual_width, is_last or rest.count("\n") > UNSETTLED_LINES_MAX)
        width = width or len(sheet.columns)
        sheet.columns += [pa.repeat(pa.scalar(""), sheet.height)] * (width - len(sheet.columns))
        sheet.first_row = rows
        if not encoding.is_exact and not rows:
            sheet.notes = (("document.bad_bytes", f"读作“{REPLACEMENT}”的各行"),)
        rows += sheet.height
        yield sheet


def _pieces(path: Path, encoding: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces of whole lines, and whether each is the last."""
    rest = ""
    with open(path, encoding=encoding, errors="replace", newline="") as handle:
        piece = handle.read(PIECE_CHARACTERS)
        while piece:
            following = handle.read(PIECE_CHARACTERS)
            text = rest + piece
            cut = text.rfind("\n") + 1 if following else len(text)
            if len(text) - cut > LINE_CHARACTERS_MAX:
                raise UnreadableDocumentError(TOO_LONG)
            yield text[:cut], not following
            rest, piece = text[cut:], following


def _ended_alike(text: str) -> str:
    """The text with every line but the last ended by a line feed; UnreadableDocumentError when one is longer than any row."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, begin = text.removesuffix("\n"), 0
    while len(text) - begin > LINE_CHARACTERS_MAX:
        begin = text.rfind("\n", begin, begin + LINE_CHARACTERS_MAX + 1) + 1
        if not begin:
            raise UnreadableDocumentError(TOO_LONG)
    return text


def _layout(text: str) -> tuple[str, int]:
    """The delimiter, and the number of cells that most of the first lines have."""
    lines = text.split("\n", ODD_ROWS_MAX)[:ODD_ROWS_MAX]
    delimiter = find_delimiter("\n".join(lines))
    whole = (line for line in lines if line.strip() and not line.count(QUOTE) % 2)
    counts = Counter(width_of(line, delimiter) for line in whole)
    return delimiter, max(counts, key=lambda width: (counts[width], width), default=1)


def _sheet(text: str, delimiter: str, width: int, is_last: bool) -> tuple[Sheet, str]:
    """The rows of a text as a sheet, and the lines at its end that wait for more."""
    rows = settle(text.split("\n"), delimiter, width, is_last) if QUOTE in text else Rows([text])
    settled = "\n".join(rows.lines)
    columns = _regular(settled, delimiter, rows.has_line_breaks) or _ragged(settled, delimiter)
    sheet = Sheet(SHEET_NAME, 1, columns, is_text=True)
    if rows.faulty:
        mask = np.zeros(sheet.height, bool)
        mask[list(rows.faulty)] = True
        sheet.row_faults = {"row.quote": mask}
    return sheet, "".join(f"{line}\n" for line in rows.rest)


def _regular(text: str, delimiter: str, has_line_breaks: bool) -> list[pa.Array] | None:
    """Columns by Arrow's reader, with the few rows of another width (titles, notes) put back in their places.

    None when too many rows differ, or one holds more than the others can.
    """
    csv.field_size_limit(LINE_CHARACTERS_MAX)
    head = csv.reader(io.StringIO(text[:SNIFFED_CHARACTERS], newline=""), delimiter=delimiter)
    width = max((len(row) for row in head), default=0)
    names = [str(i) for i in range(width)]
    odd_rows: list[tuple[int, str]] = []

    def put_aside(row: pa_csv.InvalidRow) -> str:
        odd_rows.append((row.number - 1, row.text))
        return "skip" if len(odd_rows) <= ODD_ROWS_MAX else "error"

    try:
        table = pa_csv.read_csv(
            pa.BufferReader(text.encode()),
            pa_csv.ReadOptions(column_names=names, use_threads=False),  # only so are rows numbered
            pa_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=has_line_breaks,
                ignore_empty_lines=False,
                invalid_row_handler=put_aside,
            ),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    odd_cells = [next(csv.reader([row], delimiter=delimiter), []) for _, row in odd_rows]
    if any(any(cell.strip() for cell in cells[width:]) for cells in odd_cells):
        return None
    places = [place for place, _ in odd_rows]
    return [
        _with_odd(without_nulls(column.combine_chunks()), places, [(cells + [""] * width)[i] for cells in odd_cells])
        for i, column in enumerate(table.columns)
    ]


def _with_odd(column: pa.Array, places: list[int], values: list[str]) -> pa.Array:
    """The column with values put back at their final places, which ascend."""
    pieces, taken = [], 0
    for number, (place, value) in enumerate(zip(places, values, strict=True)):
        regular = place - number
        pieces += [column.slice(taken, regular - taken), pa.array([value], pa.string())]
        taken = regular
    return pa.concat_arrays([*pieces, column.slice(taken)])


def _ragged(text: str, delimiter: str) -> list[pa.Array]:
    csv.field_size_limit(LINE_CHARACTERS_MAX)
    try:
        return text_columns(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise UnreadableDocumentError(f"文本表格无法解析（{error}）") from error
