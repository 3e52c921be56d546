"""Workbooks (xlsx, xlsm, xlsb, xls, ods): every cell as text, with error cells, merged ranges and hidden sheets told apart."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import cast

import fastexcel
import lxml.etree
import pyarrow as pa
import python_calamine

from ingest.errors import UnreadableDocumentError
from ingest.reading.feedback_mark import MarkedWorkbookError, find_mark
from ingest.reading.sheet import Merge, Sheet, without_nulls
from ingest.reading.xlsx import SheetStructure, XlsxStructure
from ingest.values.characters import visible
from ingest.values.parse import FORMULA

ERROR_TEXTS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
DAMAGED = "文件已损坏或不完整，无法作为电子表格打开"
PANIC = "PanicException"  # what pyo3 raises, and no Exception
FAR_CELLS_NAMED = 3
SPANNED = b"s-spanned="
ODS_LONG_NUMBER = re.compile(rb'value="(?:\d{16,}|\d(?:\.\d+)?[eE]\+?0?1[5-9]")')
TABLE_NS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
FIND_SPANNING = lxml.etree.XPath(
    ".//table:table-cell[@table:number-rows-spanned > 1 or @table:number-columns-spanned > 1]",
    namespaces={"table": TABLE_NS.strip("{}")},
)


def read_workbook(path: Path) -> list[Sheet]:
    """Every sheet in order; a hidden one without its cells.

    UnreadableDocumentError when the workbook cannot be opened, MarkedWorkbookError when it is a feedback workbook.
    """
    with _damage_told():
        return _read(path.read_bytes())


def opened_bytes(path: Path) -> bytes:
    """The bytes of a workbook as its readers can take them: without cells that lie far from all others.

    UnreadableDocumentError when it cannot be opened.
    """
    with _damage_told():
        return _details(path.read_bytes()).data


@contextmanager
def _damage_told() -> Iterator[None]:
    """A damaged file may raise anything, pyo3's panics among it, which are no Exception."""
    try:
        yield
    except (UnreadableDocumentError, MarkedWorkbookError, MemoryError):
        raise
    except Exception as error:
        raise UnreadableDocumentError(_reason(str(error))) from error
    except BaseException as error:
        if type(error).__name__ != PANIC:
            raise
        raise UnreadableDocumentError(DAMAGED) from error


def _read(data: bytes) -> list[Sheet]:
    details = _details(data)
    workbook = fastexcel.read_excel(details.data)
    if mark := find_mark(workbook, details.data):
        raise MarkedWorkbookError(mark)
    return [_sheet(workbook, name, number, details) for number, name in enumerate(workbook.sheet_names, start=1)]


def _reason(message: str) -> str:
    return "文件已加密，无法读取。请取消密码" if "assword" in message or "ncrypt" in message else DAMAGED


def _sheet(workbook: fastexcel.ExcelReader, name: str, sheet_no: int, details: _Details) -> Sheet:
    loaded = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if loaded.visible != "visible":
        return Sheet(name, sheet_no, [], is_hidden=True)
    if not loaded.width:
        return Sheet(name, sheet_no, [])
    batch, faults = loaded.to_arrow_with_errors()
    columns = [visible(without_nulls(column)) for column in batch.columns]
    first_column = loaded.available_columns()[0].absolute_index
    if faults:
        columns = _with_texts(columns, [(*fault.position, _error_text(fault)) for fault in faults.errors])
    structure = details.structure(name)
    if structure.formulas:
        columns = _with_texts(columns, [(row, column - first_column, FORMULA) for row, column in structure.formulas])
    return Sheet(
        name,
        sheet_no,
        columns,
        first_column=first_column,
        merges=details.merges(name, structure),
        numeric_rows=partial(details.numeric_rows, name) if structure.has_long_numbers else None,
        scaled_cells=structure.scaled,
        notes=tuple(_far_cells(name, structure)),
        is_1904=details.is_1904,
    )


def _far_cells(name: str, structure: SheetStructure) -> Iterator[tuple[str, str]]:
    if structure.far:
        named = "、".join(structure.far[:FAR_CELLS_NAMED])
        yield "document.unread", f"工作表“{name}”中 {named} 等 {len(structure.far)} 个单元格远离表格，未读取"


def _error_text(fault: fastexcel.CellError) -> str:
    kind = re.search(r"Error\((\w+)\)", fault.detail)
    return ERROR_TEXTS.get(kind[1], "#ERROR!") if kind else "#ERROR!"


def _with_texts(columns: list[pa.Array], texts: Iterable[tuple[int, int, str]]) -> list[pa.Array]:
    """Puts texts (row, column, text) into cells that come as blanks; those of rows and columns that are not there are left out."""
    columns = list(columns)
    by_column: dict[int, list[tuple[int, str]]] = {}
    for row, column, text in texts:
        if 0 <= column < len(columns) and row < len(columns[column]):
            by_column.setdefault(column, []).append((row, text))
    for index, cells in by_column.items():
        values = columns[index].to_pylist()
        for row, text in cells:
            values[row] = text
        columns[index] = pa.array(values, pa.string())
    return columns


class _Details:
    """What the reader does not tell of a workbook's sheets (by name): ranges merged, formulas, and which cells hold numbers."""

    is_1904 = False

    def __init__(self, data: bytes):
        self.data = data

    @cached_property
    def _workbook(self) -> python_calamine.CalamineWorkbook:
        return python_calamine.load_workbook(io.BytesIO(self.data))

    def structure(self, name: str) -> SheetStructure:
        """What the file says of the sheet's cells; nothing here."""
        return SheetStructure()

    def merges(self, name: str, structure: SheetStructure) -> list[Merge]:
        """None here: of .xlsb the format's readers do not tell."""
        return list(structure.merges)

    def numeric_rows(self, name: str, column: int, rows: Sequence[int]) -> set[int]:
        """Those `rows` (from 0) of a column (from 0) whose cells hold a number, not text: a second look at a few cells."""
        sheet = self._workbook.get_sheet_by_name(name)
        cells = sheet.to_python(skip_empty_area=False)
        return {row for row in rows if isinstance(cells[row][column], (int, float))}


class _XlsDetails(_Details):
    def merges(self, name: str, structure: SheetStructure) -> list[Merge]:
        ranges = self._workbook.get_sheet_by_name(name).merged_cell_ranges or []
        return [Merge(*start, *end) for start, end in ranges]


class _OdsDetails(_Details):
    def __init__(self, data: bytes, content: bytes):
        super().__init__(data)
        self._merges = _ods_merges(content)
        self._has_long_numbers = ODS_LONG_NUMBER.search(content) is not None

    def structure(self, name: str) -> SheetStructure:
        return SheetStructure(has_long_numbers=self._has_long_numbers)

    def merges(self, name: str, structure: SheetStructure) -> list[Merge]:
        return self._merges.get(name, [])


class _XlsxDetails(_Details):
    def __init__(self, data: bytes, bundle: zipfile.ZipFile):
        self._structure = XlsxStructure(data, bundle)
        super().__init__(self._structure.data)
        self.is_1904 = self._structure.is_1904

    def structure(self, name: str) -> SheetStructure:
        return self._structure.sheet(name)

    def numeric_rows(self, name: str, column: int, rows: Sequence[int]) -> set[int]:
        long_numbers = self._structure.long_numbers(name)
        return {row for row in rows if (row, column) in long_numbers}


def _details(data: bytes) -> _Details:
    """Each format hides them elsewhere."""
    if not data.startswith(b"PK"):
        return _XlsDetails(data)
    bundle = zipfile.ZipFile(io.BytesIO(data))
    members = {name.replace("\\", "/") for name in bundle.namelist()}
    if "content.xml" in members:
        return _OdsDetails(data, bundle.read("content.xml"))
    return _XlsxDetails(data, bundle) if "xl/workbook.xml" in members else _Details(data)


def _xml(text: bytes) -> lxml.etree._Element:
    return lxml.etree.fromstring(text, lxml.etree.XMLParser(resolve_entities=False, huge_tree=True))


def _ods_merges(content: bytes) -> dict[str, list[Merge]]:
    """The merged ranges, by the name of their sheet."""
    if SPANNED not in content:
        return {}
    tables = _xml(content).iter(f"{TABLE_NS}table")
    return {table.get(f"{TABLE_NS}name", ""): list(_spans(table)) for table in tables}


def _spans(table: lxml.etree._Element) -> Iterator[Merge]:
    """The merged ranges of a table; only rows that hold one are looked at cell by cell."""
    spanning = {cell.getparent() for cell in cast(list[lxml.etree._Element], FIND_SPANNING(table))}
    row_number = 0
    for row in table.iter(f"{TABLE_NS}table-row"):
        column = 0
        for cell in row if row in spanning else ():
            down, across = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
            if down > 1 or across > 1:
                yield Merge(row_number, column, row_number + down - 1, column + across - 1)
            column += _count(cell, "number-columns-repeated")
        row_number += _count(row, "number-rows-repeated")


def _count(element: lxml.etree._Element, name: str) -> int:
    """A count that an element states; 1 where it states none, or no number."""
    text = str(element.get(f"{TABLE_NS}{name}") or "1")
    return int(text) if text.isascii() and text.isdigit() else 1
