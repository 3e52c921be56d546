"""Writes OpenDocument spreadsheets (.ods): a zip with one XML file of cells, put together by hand because it is quick."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from xml.sax.saxutils import escape

from ingest.sample.cells import Cell
from ingest.sample.layout import Table

FIXED_TIME = (2020, 1, 1, 0, 0, 0)
MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)
ENTRIES = "".join(
    f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
    for path, kind in (("/", MEDIA_TYPE), ("content.xml", "text/xml"))
)
MANIFEST_SPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
MANIFEST = (
    f'{XML}<manifest:manifest xmlns:manifest="{MANIFEST_SPACE}" manifest:version="1.2">{ENTRIES}</manifest:manifest>'
)
HIDDEN = (
    '<style:style style:name="off" style:family="table"><style:table-properties table:display="false"/></style:style>'
)
STYLES = f"<office:automatic-styles>{HIDDEN}</office:automatic-styles>"
COLLAPSED = ' table:visibility="collapse"'


def write(tables: list[Table]) -> bytes:
    """The bytes of a spreadsheet."""
    body = "".join(_table(table) for table in tables)
    sheets = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    content = f'{XML}<office:document-content {SPACES} office:version="1.2">{STYLES}{sheets}</office:document-content>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", FIXED_TIME), MEDIA_TYPE)
        for name, text in (("content.xml", content), ("META-INF/manifest.xml", MANIFEST)):
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _table(table: Table) -> str:
    spans, covered = table.spans(), table.covered()
    width = max((len(row) for row in table.rows), default=1)
    columns = "".join(f"<table:table-column{COLLAPSED if c in table.hidden_columns else ''}/>" for c in range(width))
    rows = []
    for r, row in enumerate(table.rows):
        cells = "".join(
            "<table:covered-table-cell/>" if (r, c) in covered else _cell(cell, spans.get((r, c)))
            for c, cell in enumerate(row)
        )
        rows.append(f"<table:table-row{COLLAPSED if r in table.hidden_rows else ''}>{cells}</table:table-row>")
    style = ' table:style-name="off"' if table.is_hidden else ""
    return f'<table:table table:name="{escape(table.name)}"{style}>{columns}{"".join(rows)}</table:table>'


def _cell(cell: Cell, span: tuple[int, int] | None) -> str:
    about = f' table:number-rows-spanned="{span[0]}" table:number-columns-spanned="{span[1]}"' if span else ""
    if cell is None:
        return f"<table:table-cell{about}/>"
    if isinstance(cell, dt.date):
        about += f' office:value-type="date" office:date-value="{cell.isoformat()}"'
        text = f"<text:p>{cell.isoformat()}</text:p>"
    elif isinstance(cell, (int, float)):
        about += f' office:value-type="float" office:value="{cell!r}"'
        text = f"<text:p>{cell!r}</text:p>"
    else:
        about += ' office:value-type="string"'
        text = "".join(f"<text:p>{_text(line)}</text:p>" for line in cell.split("\n"))
    return f"<table:table-cell{about}>{text}</table:table-cell>"


def _text(line: str) -> str:
    """Leading and double spaces need an element of their own."""
    return escape(line).replace("  ", " <text:s/>") if line[:1] != " " else "<text:s/>" + escape(line[1:])
