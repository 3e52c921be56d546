"""Tables of an HTML page, which many systems export under the name .xls."""

from __future__ import annotations

import lxml.etree
import lxml.html

from ingest.errors import UnreadableDocumentError
from ingest.limits import SHEET_CELLS_MAX, SHEET_COLUMNS_MAX
from ingest.reading.sheet import Merge, Sheet, text_columns
from ingest.values.characters import visible

SPAN_MAX = 100_000


def read_html(text: str) -> list[Sheet]:
    """One sheet for each table that holds no other; spans are merged ranges."""
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
    rows, merges = _rows(table)
    return Sheet(f"Sheet{number}", number, [visible(column) for column in text_columns(rows)], merges=merges)


def _rows(table: lxml.html.HtmlElement) -> tuple[list[list[str]], list[Merge]]:
    rows: list[list[str]] = []
    merges: list[Merge] = []
    cell_count = 0
    covered: dict[int, int] = {}  # positions under a cell of the rows before, and for how many rows
    for line in table.iter("tr"):
        row: list[str] = []
        cells = iter(line.iterchildren("td", "th"))
        while True:
            while len(row) in covered:
                remaining = covered.pop(len(row))
                if remaining > 1:
                    covered[len(row)] = remaining - 1
                row.append("")
            cell = next(cells, None)
            if cell is None:
                break
            value = cell.text_content() if len(cell) else cell.text or ""
            if not cell.keys():
                row.append(value)
                continue
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            if down > 1:
                covered |= dict.fromkeys(range(len(row), len(row) + across), down - 1)
            if down > 1 or across > 1:
                merges.append(Merge(len(rows), len(row), len(rows) + down - 1, len(row) + across - 1))
            row += [value] + [""] * (across - 1)
        cell_count += len(row)
        if len(row) > SHEET_COLUMNS_MAX or cell_count > SHEET_CELLS_MAX:
            raise UnreadableDocumentError(f"网页表格过大：一行超过 {SHEET_COLUMNS_MAX} 列，或单元格过多")
        rows.append(row)
    return rows, merges


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    text = cell.get(name) or "1"
    return min(max(int(text), 1), SPAN_MAX) if text.isascii() and text.isdigit() else 1
