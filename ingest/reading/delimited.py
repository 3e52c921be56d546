"""Delimited text: UTF-8 (with or without a BOM), UTF-16 or GB18030, with comma, tab or semicolon; a large one in parts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from ingest.errors import UnreadableDocumentError
from ingest.reading.sheet import Sheet, text_columns, without_nulls

SHEET_NAME = "Sheet1"
DELIMITERS = ",\t;"
SNIFFED_CHARACTERS = 1 << 14
ODD_ROWS_MAX = 200
PART_CHARACTERS = 1 << 24
NO_TEXT = "文件不是电子表格，也不是文本表格"


def decode(data: bytes) -> str:
    """The text; UnreadableDocumentError when the bytes are no text."""
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableDocumentError(NO_TEXT)


def decode_head(data: bytes) -> str:
    """The first bytes of a text as far as can be told."""
    return data.decode(_encodings(data)[0], errors="replace")


def find_encoding(path: Path) -> str:
    """The encoding of a text that is not held whole; UnreadableDocumentError when it is no text."""
    with open(path, "rb") as handle:
        head = handle.read(4)
    for encoding in _encodings(head):
        try:
            with open(path, encoding=encoding, newline="") as text:
                if not any("\x00" in piece for piece in iter(partial(text.read, PART_CHARACTERS), "")):
                    return encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableDocumentError(NO_TEXT)


def _encodings(data: bytes) -> tuple[str, ...]:
    has_utf16_mark = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return ("utf-16",) if has_utf16_mark else ("utf-8-sig", "gb18030")


def find_delimiter(text: str) -> str:
    """The delimiter that stands most often in the head of the text, outside quotes."""
    head = re.sub(r'"[^"]*"?', "", text[:SNIFFED_CHARACTERS])
    return max(DELIMITERS, key=head.count)


def read_delimited(text: str) -> list[Sheet]:
    """The one sheet of a delimited text."""
    return [Sheet(SHEET_NAME, 1, _columns(text, find_delimiter(text)))]


def read_in_parts(path: Path) -> Iterator[Sheet]:
    """The one sheet of a delimited text, some rows at a time, each time with at least as many columns as the first.

    UnreadableDocumentError when it is no text, or when a later part cannot be parsed.
    """
    delimiter, width, rows = "", 0, 0
    for text in _parts(path, find_encoding(path)):
        delimiter = delimiter or find_delimiter(text)
        columns = _columns(text, delimiter)
        width, height = width or len(columns), len(columns[0]) if columns else text.count("\n")
        blanks = [pa.repeat(pa.scalar(""), height)] * (width - len(columns))
        yield Sheet(SHEET_NAME, 1, [*columns, *blanks], first_row=rows)
        rows += height


def _parts(path: Path, encoding: str) -> Iterator[str]:
    """The text in parts that end with a row."""
    rest = ""
    with open(path, encoding=encoding, newline="") as handle:
        while piece := handle.read(PART_CHARACTERS):
            text = rest + piece
            cut = _end_of_rows(text)
            rest = text[cut:]
            if cut:
                yield text[:cut]
    if rest:
        yield rest


def _end_of_rows(text: str) -> int:
    """Where the last whole row ends: at a line break outside quotes; where no quotes match, at the last line break."""
    last = cut = text.rfind("\n") + 1
    while cut and text.count('"', 0, cut) % 2:
        cut = text.rfind("\n", 0, cut - 1) + 1
    return cut or last


def _columns(text: str, delimiter: str) -> list[pa.Array]:
    return _regular(text, delimiter) or _ragged(text, delimiter)


def _regular(text: str, delimiter: str) -> list[pa.Array] | None:
    """Columns by Arrow's reader, with the few rows of another width (titles, notes) put back in their places.

    None when too many rows differ, or one holds more than the others can.
    """
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
                newlines_in_values='"' in text,
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
    csv.field_size_limit(1 << 24)
    try:
        return text_columns(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise UnreadableDocumentError(f"文本表格无法解析（{error}）") from error
