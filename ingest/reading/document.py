"""Opening a document by what it holds, never by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingest.errors import UnreadableDocumentError
from ingest.limits import check_zip
from ingest.reading import foreign
from ingest.reading.delimited import read_delimited
from ingest.reading.encoding import decode, decode_head
from ingest.reading.excel import read_workbook
from ingest.reading.foreign import OLE_MAGIC
from ingest.reading.html import read_html
from ingest.reading.sheet import Sheet
from ingest.reading.xml2003 import is_spreadsheet_xml, read_spreadsheet_xml

WORKBOOKS = (b"PK", OLE_MAGIC)
WORKBOOK_PARTS = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}
HEAD_BYTES = 1024
LARGE_TEXT_BYTES = 1 << 25  # held whole, a text takes ten times its bytes and more


def is_workbook(path: Path) -> bool:
    """Whether the document is a workbook, whose cells have types, and not text or HTML."""
    with open(path, "rb") as handle:
        return handle.read(8).startswith(WORKBOOKS)


def is_large_text(path: Path) -> bool:
    """Whether the document is a text, and not HTML, that is better read in parts than whole."""
    if path.stat().st_size < LARGE_TEXT_BYTES:
        return False
    with open(path, "rb") as handle:
        head = handle.read(HEAD_BYTES)
    return not (head.startswith(WORKBOOKS) or foreign.by_beginning(head) or _is_markup(decode_head(head)))


def open_document(path: Path) -> list[Sheet]:
    """The sheets of a spreadsheet, HTML table or delimited text.

    UnreadableDocumentError says why it cannot be read, MarkedWorkbookError that it is a feedback workbook that came back.
    """
    with open(path, "rb") as handle:
        head = handle.read(HEAD_BYTES)
    if not head.strip():
        raise UnreadableDocumentError("文件为空")
    if reason := foreign.by_beginning(head):
        raise UnreadableDocumentError(reason)
    if head.startswith(b"PK"):
        return _zipped(path)
    data = path.read_bytes()
    if head.startswith(OLE_MAGIC):
        if reason := foreign.by_streams(data):
            raise UnreadableDocumentError(reason)
        return read_workbook(path)
    if is_spreadsheet_xml(head):
        return read_spreadsheet_xml(data)
    text = decode(data)
    return read_html(text.text) if _is_markup(text.text) else read_delimited(text)


def _is_markup(text: str) -> bool:
    return text.lstrip("\ufeff \r\n\t").startswith("<")


def _zipped(path: Path) -> list[Sheet]:
    try:
        with zipfile.ZipFile(path) as bundle:
            check_zip(bundle, path.stat().st_size)
            members = {name.replace("\\", "/") for name in bundle.namelist()}
            encrypted = any(info.flag_bits & 1 for info in bundle.infolist())
    except UnreadableDocumentError:
        raise
    except Exception as error:  # a damaged directory may raise anything
        raise UnreadableDocumentError("文件已损坏或不完整，无法打开") from error
    if not members:
        raise UnreadableDocumentError("压缩包是空的，其中没有任何文件")
    if members & WORKBOOK_PARTS:
        if encrypted:
            raise UnreadableDocumentError("文件已加密，无法读取。请取消密码")
        return read_workbook(path)
    if reason := foreign.by_parts(members):
        raise UnreadableDocumentError(reason)
    raise UnreadableDocumentError(
        "压缩包已加密，无法打开" if encrypted else "压缩包中的压缩包不再打开，或压缩包已损坏。请直接报送电子表格"
    )
