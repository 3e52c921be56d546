"""Delimited text: UTF-8 (with or without a BOM), UTF-16 or GB18030, with comma, tab or semicolon."""

from __future__ import annotations

import csv
import io
import re

import pyarrow as pa
import pyarrow.csv as pa_csv

from ingest.errors import UnreadableDocumentError
from ingest.reading.sheet import Sheet, text_columns, without_nulls

DELIMITERS = ",\t;"
SNIFFED_CHARACTERS = 1 << 16


def decode(data: bytes) -> str:
    """The text; UnreadableDocumentError when the bytes are no text."""
    has_utf16_mark = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if has_utf16_mark else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableDocumentError("文件不是电子表格，也不是文本表格")


def find_delimiter(text: str) -> str:
    """The delimiter that stands most often in the head of the text, outside quotes."""
    head = re.sub(r'"[^"]*"?', "", text[:SNIFFED_CHARACTERS])
    return max(DELIMITERS, key=head.count)


def read_delimited(text: str) -> list[Sheet]:
    """The one sheet of a delimited text."""
    delimiter = find_delimiter(text)
    return [Sheet("Sheet1", 1, _regular(text, delimiter) or _ragged(text, delimiter))]


def _regular(text: str, delimiter: str) -> list[pa.Array] | None:
    """Columns by Arrow's reader, which wants the same number of cells in every row; None when they differ."""
    width = next(csv.reader(io.StringIO(text[:SNIFFED_CHARACTERS], newline=""), delimiter=delimiter), [])
    if not width:
        return None
    names = [str(i) for i in range(len(width))]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(text.encode()),
            pa_csv.ReadOptions(column_names=names),
            pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values='"' in text, ignore_empty_lines=False),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [without_nulls(column.combine_chunks()) for column in table.columns]


def _ragged(text: str, delimiter: str) -> list[pa.Array]:
    csv.field_size_limit(1 << 24)
    try:
        return text_columns(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise UnreadableDocumentError(f"文本表格无法解析（{error}）") from error
