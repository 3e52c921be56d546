"""Tables of an HTML page, which many systems export under the name .xls."""

from __future__ import annotations

import lxml.etree
import lxml.html

from ingest.errors import UnreadableDocumentError
from ingest.limits import SHEET_CELLS_MAX, SHEET_COLUMNS_MAX
from ingest.reading.sheet import Sheet, text_columns
from ingest.values.characters import visible

SPAN_MAX = 100_000


def read_html(text: str) -> list[Sheet]:
    """One sheet for each table that holds no other; row spans are filled down, column spans leave blanks."""
    try:
        page = lxml.html.document_fromstring(
            text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
        )
    except (lxml.etree.ParserError, ValueError) as error:
        raise UnreadableDocumentError("网页表格无法解析") from error
    tables = [table for table in page.iter("table") if table.find(".//table") is None]
    if not tables:
        raise UnreadableDocumentError("网页中没有表格")
    return [_sheet(table, number) for number, table in enumerate(tables, start=1)]


def _sheet(table: lxml.html.HtmlElement, number: int) -> Sheet:
    return Sheet(f"Sheet{number}", number, [visible(column) for column in text_columns(_rows(table))])


def _rows(table: lxml.html.HtmlElement) -> list[list[str]]:
    rows: list[list[str]] = []
    cell_count = 0
    filled_down: dict[int, tuple[int, str]] = {}
    for line in table.iter("tr"):
        row: list[str] = []
        cells = iter(line.iterchildren("td", "th"))
        while True:
            while len(row) in filled_down:
                remaining, value = filled_down.pop(len(row))
                if remaining > 1:
                    filled_down[len(row)] = (remaining - 1, value)
                row.append(value)
            cell = next(cells, None)
            if cell is None:
                break
            value = cell.text_content() if len(cell) else cell.text or ""
            if not cell.keys():
                row.append(value)
                continue
            if (down := _span(cell, "rowspan")) > 1:
                filled_down[len(row)] = (down - 1, value)
            row += [value] + [""] * (_span(cell, "colspan") - 1)
        cell_count += len(row)
        if len(row) > SHEET_COLUMNS_MAX or cell_count > SHEET_CELLS_MAX:
            raise UnreadableDocumentError(f"网页表格过大：一行超过 {SHEET_COLUMNS_MAX} 列，或单元格过多")
        rows.append(row)
    return rows


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    text = cell.get(name) or "1"
    return min(max(int(text), 1), SPAN_MAX) if text.isascii() and text.isdigit() else 1
