"""Opening a document by what it holds, never by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingest.errors import UnreadableDocumentError
from ingest.reading.delimited import decode, decode_head, read_delimited
from ingest.reading.excel import read_workbook
from ingest.reading.html import read_html
from ingest.reading.limits import check_zip
from ingest.reading.sheet import Sheet

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOKS = (b"PK", OLE_MAGIC)
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
HEAD_BYTES = 512
LARGE_TEXT_BYTES = 1 << 25  # held whole, a text takes ten times its bytes and more
FOREIGN = {
    b"%PDF": "文件是 PDF，不是电子表格",
    b"\x89PNG": "文件是图片，不是电子表格",
    b"\xff\xd8\xff": "文件是图片，不是电子表格",
    b"GIF8": "文件是图片，不是电子表格",
    b"BM": "文件是图片，不是电子表格",
    b"II*\x00": "文件是图片，不是电子表格",
    b"MM\x00*": "文件是图片，不是电子表格",
    b"Rar!": "文件是 RAR 压缩包，请改用 ZIP 或直接报送电子表格",
    b"7z\xbc\xaf": "文件是 7z 压缩包，请改用 ZIP 或直接报送电子表格",
    b"{\\rtf": "文件是文字文档，不是电子表格",
}


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
    return not (head.startswith((*FOREIGN, *WORKBOOKS)) or _is_html(decode_head(head)))


def open_document(path: Path) -> list[Sheet]:
    """The sheets of a spreadsheet, HTML table or delimited text.

    UnreadableDocumentError says why it cannot be read, MarkedWorkbookError that it is a feedback workbook that came back.
    """
    with open(path, "rb") as handle:
        head = handle.read(HEAD_BYTES)
    if not head.strip():
        raise UnreadableDocumentError("文件为空")
    for magic, reason in FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableDocumentError(reason)
    if head.startswith(b"PK"):
        return _zipped(path)
    if head.startswith(OLE_MAGIC):
        if ENCRYPTED_STREAM in path.read_bytes():
            raise UnreadableDocumentError("文件已加密，无法读取。请取消密码")
        return read_workbook(path)
    text = decode(path.read_bytes())
    return read_html(text) if _is_html(text) else read_delimited(text)


def _is_html(text: str) -> bool:
    return text.lstrip("\ufeff \r\n\t").startswith("<")


def _zipped(path: Path) -> list[Sheet]:
    try:
        with zipfile.ZipFile(path) as bundle:
            check_zip(bundle, path.stat().st_size)
            members = set(bundle.namelist())
            encrypted = any(info.flag_bits & 1 for info in bundle.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableDocumentError("文件已损坏或不完整，无法打开") from error
    if not members:
        raise UnreadableDocumentError("压缩包为空")
    if not members & {"[Content_Types].xml", "content.xml", "xl/workbook.xml", "xl/workbook.bin"}:
        raise UnreadableDocumentError(
            "压缩包已加密，无法打开" if encrypted else "压缩包中的压缩包不再打开，或压缩包已损坏。请直接报送电子表格"
        )
    if not any(name in members for name in ("xl/workbook.xml", "xl/workbook.bin", "content.xml")):
        raise UnreadableDocumentError("文件是其他 Office 文档，不是电子表格")
    return read_workbook(path)
