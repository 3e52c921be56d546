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
    "pipe": ".csv", "html": ".xls", "csv_as_xls": ".xls", "xlsx_as_xls": ".xls",
}  # fmt: skip
WITH_FORMULAS = ("xlsx", "xlsm", "xlsx_as_xls")
DELIMITED = ("csv", "semicolon", "pipe", "tsv", "csv_as_xls")
FORMULA = "=?"  # a formula whose result is not stored
QUOTE, BAD_BYTE = "\ue000", "\ue001"  # a quote as it stands, and a byte of no encoding
ONE_SHEET = ("csv", "tsv", "semicolon", "pipe", "html", "csv_as_xls")


def write(kind: str, tables: list[Table], encoding: str = "utf-8") -> bytes:
    """The bytes of a document of this kind."""
    if kind in DELIMITED:
        return _text(tables[0], {"semicolon": ";", "tsv": "\t", "pipe": "|"}.get(kind, ","), encoding)
    if kind == "html":
        return _html(tables[0])
    writers: dict[str, Callable[[list[Table]], bytes]] = {
        "xlsx": _xlsx,
        "xlsx_as_xls": _xlsx,
        "xlsm": _xlsm,
        "xlsb": _xlsb,
        "xls": _xls,
        "ods": opendocument.write,
    }
    return writers[kind](tables)


# ---- text -----------------------------------------------------------------------------------------------------------
def _text(table: Table, delimiter: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(
        [_as_text(cell) for cell in row] for row in table.rows
    )
    body = out.getvalue().replace(QUOTE, '"').encode(encoding)
    return body.replace(BAD_BYTE.encode(encoding.removesuffix("-sig")), b"\xff")


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
