"""SpreadsheetML of Excel 2003: one XML file, often named .xls."""

from __future__ import annotations

import lxml.etree

from ingest.errors import UnreadableDocumentError
from ingest.limits import SHEET_COLUMNS_MAX
from ingest.reading.sheet import Merge, Sheet, text_columns
from ingest.values.characters import visible

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
SS = f"{{{NAMESPACE}}}"
ROWS_MAX = 1_048_576
Element = lxml.etree._Element


def is_spreadsheet_xml(head: bytes) -> bool:
    """Whether a file begins like one of these."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml") and (
        b"Excel.Sheet" in head or NAMESPACE.encode() in head
    )


def read_spreadsheet_xml(data: bytes) -> list[Sheet]:
    """Every worksheet in order; UnreadableDocumentError when the XML is damaged."""
    try:
        root = lxml.etree.fromstring(data, lxml.etree.XMLParser(resolve_entities=False, huge_tree=True))
    except lxml.etree.XMLSyntaxError as error:
        raise UnreadableDocumentError("XML 表格（Excel 2003）已损坏或不完整，无法打开") from error
    return [_sheet(sheet, number) for number, sheet in enumerate(root.iter(f"{SS}Worksheet"), start=1)]


def _sheet(worksheet: Element, sheet_no: int) -> Sheet:
    name = str(worksheet.get(f"{SS}Name", f"Sheet{sheet_no}"))
    if any(text.strip() in ("SheetHidden", "SheetVeryHidden") for text in worksheet.itertext("{*}Visible")):
        return Sheet(name, sheet_no, [], is_hidden=True)
    rows: list[list[str]] = []
    merges: list[Merge] = []
    for row in worksheet.iter(f"{SS}Row"):
        number = _number(row, "Index", len(rows) + 1) - 1
        if number >= ROWS_MAX:
            raise UnreadableDocumentError("单元格的范围过大，不是表格")
        rows += [[] for _ in range(number - len(rows))]
        rows.append(_cells(row, number, merges))
    return Sheet(name, sheet_no, [visible(column) for column in text_columns(rows)], merges=merges)


def _cells(row: Element, number: int, merges: list[Merge]) -> list[str]:
    """The texts of a row; its merged ranges are added to `merges`."""
    cells: list[str] = []
    for cell in row.iterchildren(f"{SS}Cell"):
        position = _number(cell, "Index", len(cells) + 1) - 1
        across, down = _number(cell, "MergeAcross", 0), _number(cell, "MergeDown", 0)
        if position + across >= SHEET_COLUMNS_MAX:
            raise UnreadableDocumentError("单元格的范围过大，不是表格")
        cells += [""] * (position - len(cells))
        cells.append(_text(cell))
        cells += [""] * across
        if across or down:
            merges.append(Merge(number, position, number + down, position + across))
    return cells


def _text(cell: Element) -> str:
    data = cell.find(f"{SS}Data")
    if data is None:
        return ""
    text = "".join(str(part) for part in data.itertext())
    return text.removesuffix(".000").replace("T00:00:00", "") if data.get(f"{SS}Type") == "DateTime" else text


def _number(element: Element, name: str, otherwise: int) -> int:
    text = str(element.get(f"{SS}{name}") or "")
    return int(text) if text.isascii() and text.isdigit() else otherwise
