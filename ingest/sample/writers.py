"""Puts tables into files, one function a kind of file. The same tables always give the same bytes.

A kind is not a suffix: `html` and `csv_as_xls` end in .xls, as real ones do.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

from ingest.sample import opendocument
from ingest.sample.cells import Cell
from ingest.sample.layout import Table
from ingest.sample.opendocument import FIXED_TIME

EXCEL_EPOCH = dt.date(1899, 12, 30)
MANY_CELLS = 60_000
ERRORS = {"#N/A": "=NA()", "#REF!": "=#REF!", "#DIV/0!": "=1/0"}  # real error cells, as formulas leave them
SUFFIXES = {
    "xlsx": ".xlsx", "xls": ".xls", "xlsm": ".xlsm", "xlsb": ".xlsb", "ods": ".ods", "csv": ".csv", "tsv": ".tsv", "semicolon": ".csv",
    "pipe": ".csv", "quoted": ".csv", "html": ".xls", "csv_as_xls": ".xls", "xlsx_as_xls": ".xls", "xml2003": ".xls",
}  # fmt: skip
WITH_FORMULAS = ("xlsx", "xlsm", "xlsx_as_xls")
DELIMITED = ("csv", "semicolon", "pipe", "tsv", "csv_as_xls")
FORMULA = "=?"  # a formula whose result is not stored
QUOTE, BAD_BYTE, EURO = "\ue000", "\ue001", "\ue002"  # a quote as it stands, a byte of no encoding, and Windows' 0x80
ONE_SHEET = ("csv", "tsv", "semicolon", "pipe", "quoted", "html", "csv_as_xls")


def write(kind: str, tables: list[Table], encoding: str = "utf-8") -> bytes:
    """The bytes of a document of this kind."""
    if kind in DELIMITED:
        return _text(tables[0], {"semicolon": ";", "tsv": "\t", "pipe": "|"}.get(kind, ","), encoding)
    if kind == "quoted":
        return _quoted(tables[0], encoding)
    if kind == "html":
        return _html(tables[0])
    writers: dict[str, Callable[[list[Table]], bytes]] = {
        "xlsx": _xlsx,
        "xlsx_as_xls": _xlsx,
        "xlsm": _xlsm,
        "xlsb": _xlsb,
        "xls": _xls,
        "ods": opendocument.write,
        "xml2003": _xml2003,
    }
    return writers[kind](tables)


# ---- text -----------------------------------------------------------------------------------------------------------
def _text(table: Table, delimiter: str, encoding: str) -> bytes:
    text = _lines(table, delimiter).replace(QUOTE, '"')
    body = b"\x80".join(piece.encode(encoding) for piece in text.split(EURO))
    return body.replace(BAD_BYTE.encode(encoding.removesuffix("-sig")), b"\xff")


def _lines(table: Table, delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(
        [_as_text(cell) for cell in row] for row in table.rows
    )
    return out.getvalue()


def _quoted(table: Table, encoding: str) -> bytes:
    """Every row quoted as a whole, as one cell."""
    rows = _lines(table, ",").splitlines()
    return _lines(Table(table.name, [[row] for row in rows]), ",").encode(encoding)


def _as_text(cell: Cell) -> str:
    return "" if cell is None else cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def _html(table: Table) -> bytes:
    """What many systems export as .xls: a web page with one table."""
    spans, covered = table.spans(), table.covered()
    lines = []
    for r, row in enumerate(table.rows):
        cells = []
        for c, cell in enumerate(row):
            if (r, c) not in covered:
                down, across = spans.get((r, c), (1, 1))
                span = f' rowspan="{down}" colspan="{across}"' if (r, c) in spans else ""
                cells.append(f"<td{span}>{html.escape(_as_text(cell))}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    head = '<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"/></head>'
    body = "\n".join(lines)
    page = f'<html xmlns:x="urn:schemas-microsoft-com:office:excel">{head}<body><table border="1">\n{body}\n</table></body></html>'
    return page.encode()


def _xml2003(tables: list[Table]) -> bytes:
    """SpreadsheetML of Excel 2003: one XML file."""
    sheets = []
    for table in tables:
        lines = "\n".join(_xml_row(table, r) for r in range(len(table.rows)))
        options = (
            "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>" if table.is_hidden else ""
        )
        sheets.append(f'<Worksheet ss:Name="{html.escape(table.name)}"><Table>{lines}</Table>{options}</Worksheet>')
    spaces = 'xmlns="{0}spreadsheet" xmlns:ss="{0}spreadsheet" xmlns:x="{0}excel"'.format(
        "urn:schemas-microsoft-com:office:"
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>'
    return f"{head}\n<Workbook {spaces}>{''.join(sheets)}</Workbook>".encode()


def _xml_row(table: Table, r: int) -> str:
    spans, covered = table.spans(), table.covered()
    cells = []
    for c, cell in enumerate(table.rows[r]):
        if cell is None or (r, c) in covered:
            continue
        down, across = spans.get((r, c), (1, 1))
        merged = f' ss:MergeAcross="{across - 1}" ss:MergeDown="{down - 1}"' if (r, c) in spans else ""
        kind = "DateTime" if isinstance(cell, dt.date) else "String" if isinstance(cell, str) else "Number"
        text = f"{cell.isoformat()}T00:00:00.000" if isinstance(cell, dt.date) else html.escape(str(cell))
        cells.append(f'<Cell ss:Index="{c + 1}"{merged}><Data ss:Type="{kind}">{text}</Data></Cell>')
    return f'<Row ss:Index="{r + 1}">{"".join(cells)}</Row>'


# ---- Excel ----------------------------------------------------------------------------------------------------------
def _xlsx(tables: list[Table]) -> bytes:
    out = io.BytesIO()
    many = sum(len(t.rows) * len(t.rows[0]) for t in tables if t.rows) > MANY_CELLS
    streamed = many and not any(table.merges for table in tables)  # a merged range is written after its rows
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "constant_memory": streamed, "strings_to_urls": False, "strings_to_formulas": False}
    )
    book.set_properties({"created": dt.datetime(2020, 1, 1)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for table in tables:
        sheet = book.add_worksheet(table.name)
        if table.is_hidden:
            sheet.hide()
        for r in table.hidden_rows:
            sheet.set_row(r, None, None, {"hidden": True})
        for c in table.hidden_columns:
            sheet.set_column(c, c, None, None, {"hidden": True})
        _fill(sheet, table, day, book.add_format({"align": "center"}))
    if all(t.is_hidden for t in tables[:1]) and len(tables) > 1:
        book.worksheets()[1].activate()
    book.close()
    return _without_results(out.getvalue()) if _has_formulas(tables) else out.getvalue()


def _has_formulas(tables: list[Table]) -> bool:
    return any(FORMULA in row for table in tables for row in table.rows)


def _without_results(workbook: bytes) -> bytes:
    """The workbook as a program leaves it that computes nothing."""
    stored = f"<v>{FORMULA}</v>".encode()
    names = [f"xl/worksheets/sheet{n}.xml" for n in range(1, 100)]
    return _rezip(workbook, {name: lambda body: body.replace(b' t="str"', b"").replace(stored, b"") for name in names})


def _fill(sheet: Any, table: Table, day: Any, centre: Any) -> None:
    """Writes the cells row by row; merged ranges last."""
    starts = {(r, c) for r, c, _, _ in table.merges}
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell is None or (r, c) in starts:
                continue
            if cell == FORMULA:
                sheet.write_formula(r, c, "=SUM(1,2)", None, FORMULA)
            elif isinstance(cell, str) and cell in ERRORS:
                sheet.write_formula(r, c, ERRORS[cell], None, cell)
            elif isinstance(cell, str):
                sheet.write_string(r, c, cell)
            elif isinstance(cell, dt.date):
                sheet.write_datetime(r, c, cell, day)
            else:
                sheet.write_number(r, c, cell)
    for first_row, first, last_row, last in table.merges:
        value = table.rows[first_row][first]
        sheet.merge_range(
            first_row,
            first,
            last_row,
            last,
            value if value is not None else "",
            day if isinstance(value, dt.date) else centre,
        )


def _xlsm(tables: list[Table]) -> bytes:
    """An xlsx that says it may hold macros (it holds none)."""
    plain, macro = b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml"
    return _rezip(
        _xlsx(tables),
        {"[Content_Types].xml": lambda body: body.replace(b"openxmlformats-officedocument." + plain, macro)},
    )


def _rezip(archive: bytes, edits: dict[str, Callable[[bytes], bytes]]) -> bytes:
    """The same archive with fixed times, and some members edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(zipfile.ZipInfo(name, FIXED_TIME), edits.get(name, bytes)(body), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _xlsb(tables: list[Table]) -> bytes:
    from pyxlsbwriter import XlsbWriter

    out = io.BytesIO()
    with XlsbWriter(out) as book:
        for table in tables:
            book.add_sheet(table.name, hidden=table.is_hidden)
            book.write_sheet(
                [dt.datetime.combine(c, dt.time()) if isinstance(c, dt.date) else c for c in row] for row in table.rows
            )
    return _rezip(out.getvalue(), {})


def _xls(tables: list[Table]) -> bytes:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for table in tables:
        sheet = book.add_sheet(table.name[:31])
        sheet.visibility = int(table.is_hidden)
        starts = {(r, c): (r2, c2) for r, c, r2, c2 in table.merges}
        for r, row in enumerate(table.rows):
            for c, cell in enumerate(row):
                if (r, c) in starts:
                    sheet.write_merge(r, starts[r, c][0], c, starts[r, c][1], "" if cell is None else cell)
                elif cell is not None:
                    sheet.write(r, c, cell, *([day] if isinstance(cell, dt.date) else []))
        for r in table.hidden_rows:
            sheet.row(r).hidden = True
        for c in table.hidden_columns:
            sheet.col(c).hidden = True
    if tables[0].is_hidden and len(tables) > 1:
        book.set_active_sheet(1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ---- archives -------------------------------------------------------------------------------------------------------
def pack(members: list[tuple[str, bytes]]) -> bytes:
    """A zip of documents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in members:
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()
