"""Delimited text, with comma, tab, semicolon or vertical bar; a large one in parts."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from ingest.errors import UnreadableDocumentError
from ingest.reading.encoding import PIECE_CHARACTERS, REPLACEMENT, Text, find_encoding
from ingest.reading.quotes import QUOTE, is_quoted_whole, settle, unquoted_whole, width_of
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
    notes = (("document.bad_bytes", text.bad_bytes),) if text.bad_bytes else ()
    lines = _lines(visible_text(text.text))
    if is_quoted_whole(lines, DELIMITERS):
        lines = [unquoted_whole(line) for line in lines]
    delimiter = find_delimiter("\n".join(lines[:ODD_ROWS_MAX]))
    sheet, _ = _sheet(lines, delimiter, _usual_width(lines, delimiter), is_last=True)
    sheet.notes = notes
    return [sheet]


def read_in_parts(path: Path) -> Iterator[Sheet]:
    """The one sheet of a delimited text, some rows at a time, each time with at least as many columns as the first.

    UnreadableDocumentError when it is no text, or when a later part cannot be parsed.
    """
    encoding = find_encoding(path)
    delimiter, usual_width, width, rows = "", 0, 0, 0
    rest: Sequence[str] = ()
    for text, is_last in _pieces(path, encoding.name):
        lines = [*rest, *_lines(visible_text(text))]
        if not delimiter:
            delimiter = find_delimiter("\n".join(lines[:ODD_ROWS_MAX]))
            usual_width = _usual_width(lines, delimiter)
        sheet, rest = _sheet(lines, delimiter, usual_width, is_last or len(rest) > UNSETTLED_LINES_MAX)
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


def _lines(text: str) -> list[str]:
    """The lines of a text, however they end; UnreadableDocumentError when one is longer than any row."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.removesuffix("\n").split("\n")
    if len(text) > LINE_CHARACTERS_MAX and max(map(len, lines)) > LINE_CHARACTERS_MAX:
        raise UnreadableDocumentError(TOO_LONG)
    return lines


def _usual_width(lines: Sequence[str], delimiter: str) -> int:
    """The number of cells that most of the first lines have."""
    whole = (line for line in lines[:ODD_ROWS_MAX] if line.strip() and not line.count(QUOTE) % 2)
    counts = Counter(width_of(line, delimiter) for line in whole)
    return max(counts, key=lambda width: (counts[width], width), default=1)


def _sheet(lines: Sequence[str], delimiter: str, width: int, is_last: bool) -> tuple[Sheet, Sequence[str]]:
    """The rows in some lines as a sheet, and the lines at the end that wait for more."""
    if any(QUOTE in line for line in lines):
        rows = settle(lines, delimiter, width, is_last)
        lines, faulty, has_line_breaks, rest = rows.lines, rows.faulty, rows.has_line_breaks, rows.rest
    else:
        faulty, has_line_breaks, rest = (), False, ()
    text = "\n".join(lines)
    columns = (_regular(text, delimiter, has_line_breaks) or _ragged(text, delimiter)) if lines else []
    sheet = Sheet(SHEET_NAME, 1, columns, is_text=True)
    if faulty:
        mask = np.zeros(sheet.height, bool)
        mask[list(faulty)] = True
        sheet.row_faults = {"row.quote": mask}
    return sheet, rest


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
