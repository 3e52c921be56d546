"""Workbooks (xlsx, xlsm, xlsb, xls, ods): every cell as text, with error cells, merged ranges and hidden sheets told apart."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import cast

import fastexcel
import lxml.etree
import pyarrow as pa
import python_calamine

from ingest.errors import UnreadableDocumentError
from ingest.reading.sheet import Merge, Sheet, column_letter, without_nulls
from ingest.workbooks.mark import MarkedWorkbookError, find_mark

ERROR_TEXTS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
MERGE_PATTERN = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PIECE_BYTES = 1 << 20
SPANNED_ROWS = b"number-rows-spanned="
TABLE_NS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
FIND_SPANNING = lxml.etree.XPath(
    ".//table:table-cell[@table:number-rows-spanned > 1]", namespaces={"table": TABLE_NS.strip("{}")}
)


def read_workbook(path: Path) -> list[Sheet]:
    """Every sheet in order; a hidden one without its cells.

    UnreadableDocumentError when the workbook cannot be opened, MarkedWorkbookError when it is a feedback workbook.
    """
    data = path.read_bytes()
    try:
        workbook = fastexcel.read_excel(data)
        if mark := find_mark(workbook, data):
            raise MarkedWorkbookError(mark)
        names = list(workbook.sheet_names)
        details = _details(data)
        return [_sheet(workbook, name, number, details) for number, name in enumerate(names, start=1)]
    except (fastexcel.FastExcelError, zipfile.BadZipFile, lxml.etree.XMLSyntaxError, KeyError) as error:
        raise UnreadableDocumentError(_reason(str(error))) from error


def _reason(message: str) -> str:
    if "assword" in message or "ncrypt" in message:
        return "文件已加密，无法读取"
    return "文件已损坏或不完整，无法作为电子表格打开"


def _sheet(workbook: fastexcel.ExcelReader, name: str, sheet_no: int, details: _Details) -> Sheet:
    loaded = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if loaded.visible != "visible":
        return Sheet(name, sheet_no, [], is_hidden=True)
    if not loaded.width:
        return Sheet(name, sheet_no, [])
    batch, faults = loaded.to_arrow_with_errors()
    columns = [without_nulls(column) for column in batch.columns]
    if faults:
        columns = _with_error_texts(columns, faults.errors)
    return Sheet(
        name,
        sheet_no,
        columns,
        first_column=loaded.available_columns()[0].absolute_index,
        merges=details.merges(name),
        numeric_rows=partial(details.numeric_rows, name),
    )


def _with_error_texts(columns: list[pa.Array], errors: list[fastexcel.CellError]) -> list[pa.Array]:
    """Puts back what stood in error cells, which come as blanks."""
    columns = list(columns)
    by_column: dict[int, list[fastexcel.CellError]] = {}
    for error in errors:
        by_column.setdefault(error.position[1], []).append(error)
    for index, faults in by_column.items():
        values = columns[index].to_pylist()
        for fault in faults:
            kind = re.search(r"Error\((\w+)\)", fault.detail)
            values[fault.position[0]] = ERROR_TEXTS.get(kind[1], "#ERROR!") if kind else "#ERROR!"
        columns[index] = pa.array(values, pa.string())
    return columns


class _Details:
    """What the reader does not tell of a workbook's sheets (by name): ranges merged down, and which cells hold numbers."""

    def __init__(self, data: bytes):
        self._data = data

    @cached_property
    def _workbook(self) -> python_calamine.CalamineWorkbook:
        return python_calamine.load_workbook(io.BytesIO(self._data))

    def merges(self, name: str) -> list[Merge]:
        """None here: of .xlsb the format's readers do not tell."""
        return []

    def numeric_rows(self, name: str, column: int, rows: Sequence[int]) -> set[int]:
        """Those `rows` (from 0) of a column (from 0) whose cells hold a number, not text: a second look at a few cells."""
        cells = self._workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        return {row for row in rows if isinstance(cells[row][column], (int, float))}


class _XlsDetails(_Details):
    def merges(self, name: str) -> list[Merge]:
        ranges = self._workbook.get_sheet_by_name(name).merged_cell_ranges or []
        return [Merge(*start, *end) for start, end in ranges if start[0] != end[0]]


class _OdsDetails(_Details):
    def __init__(self, data: bytes, content: bytes):
        super().__init__(data)
        self._merges = _ods_merges(content)

    def merges(self, name: str) -> list[Merge]:
        return self._merges.get(name, [])


class _XlsxDetails(_Details):
    def __init__(self, data: bytes, bundle: zipfile.ZipFile):
        super().__init__(data)
        self._bundle = bundle
        self._parts = _sheet_parts(bundle)

    def merges(self, name: str) -> list[Merge]:
        texts = (text for text in self._texts(name) if b"mergeCell " in text)
        found = (match for text in texts for match in MERGE_PATTERN.findall(text))
        return [
            Merge(int(first_row) - 1, _column_index(first_column), int(last_row) - 1, _column_index(last_column))
            for first_column, first_row, last_column, last_row in found
            if first_row != last_row
        ]

    def numeric_rows(self, name: str, column: int, rows: Sequence[int]) -> set[int]:
        cell = re.compile(rf'r="{column_letter(column)}([0-9]+)"([^>]*)><v>'.encode())
        found = (match for text in self._texts(name) for match in cell.findall(text))
        numeric = (row for row, attributes in found if b't="' not in attributes or b't="n"' in attributes)
        return {int(row) - 1 for row in numeric}.intersection(rows)

    def _texts(self, name: str) -> Iterator[bytes]:
        """The XML of a sheet in pieces that end between two cells, so that a large sheet is never held whole."""
        rest = b""
        part = self._parts.get(name)
        if part is None or part not in self._bundle.NameToInfo:
            return
        with self._bundle.open(part) as stream:
            while chunk := stream.read(PIECE_BYTES):
                text = rest + chunk
                cut = text.rfind(b"<c ") if b"<c " in text else text.rfind(b"<")
                yield text[:cut]
                rest = text[cut:]
        yield rest


def _details(data: bytes) -> _Details:
    """Each format hides them elsewhere."""
    if not data.startswith(b"PK"):
        return _XlsDetails(data)
    bundle = zipfile.ZipFile(io.BytesIO(data))
    members = set(bundle.namelist())
    if "content.xml" in members:
        return _OdsDetails(data, bundle.read("content.xml"))
    return _XlsxDetails(data, bundle) if "xl/workbook.xml" in members else _Details(data)


def _xml(text: bytes) -> lxml.etree._Element:
    return lxml.etree.fromstring(text, lxml.etree.XMLParser(resolve_entities=False, huge_tree=True))


def _sheet_parts(bundle: zipfile.ZipFile) -> dict[str, str]:
    """Member of the zip that holds each sheet, by the sheet's name."""
    relations = _xml(bundle.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    parts = {}
    for sheet in _xml(bundle.read("xl/workbook.xml")).iter("{*}sheet"):
        if target := targets.get(sheet.get(RELATION_ID)):
            parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _ods_merges(content: bytes) -> dict[str, list[Merge]]:
    """The ranges merged down, by the name of their sheet."""
    if SPANNED_ROWS not in content:
        return {}
    tables = _xml(content).iter(f"{TABLE_NS}table")
    return {table.get(f"{TABLE_NS}name", ""): list(_spans(table)) for table in tables}


def _spans(table: lxml.etree._Element) -> Iterator[Merge]:
    """The vertically merged ranges of a table; only rows that hold one are looked at cell by cell."""
    spanning = {cell.getparent() for cell in cast(list[lxml.etree._Element], FIND_SPANNING(table))}
    row_number = 0
    for row in table.iter(f"{TABLE_NS}table-row"):
        column = 0
        for cell in row if row in spanning else ():
            down = int(cell.get(f"{TABLE_NS}number-rows-spanned", 1))
            across = int(cell.get(f"{TABLE_NS}number-columns-spanned", 1))
            if down > 1:
                yield Merge(row_number, column, row_number + down - 1, column + across - 1)
            column += int(cell.get(f"{TABLE_NS}number-columns-repeated", 1))
        row_number += int(row.get(f"{TABLE_NS}number-rows-repeated", 1))
