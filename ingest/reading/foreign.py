"""What is no spreadsheet, told by its first bytes or its parts: the true reason, and what to do."""

from __future__ import annotations

import struct
from collections.abc import Collection

SAVE_AS = "请另存为 xlsx 后重新报送"
ARCHIVE = "请解压后直接报送电子表格"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BEGINNINGS = {
    b"%PDF": "文件是 PDF，不是电子表格",
    b"\x89PNG": "文件是图片，不是电子表格",
    b"\xff\xd8\xff": "文件是图片，不是电子表格",
    b"GIF8": "文件是图片，不是电子表格",
    b"II*\x00": "文件是图片，不是电子表格",
    b"MM\x00*": "文件是图片，不是电子表格",
    b"Rar!": f"文件是 RAR 压缩包，不能打开。{ARCHIVE}，或改用 ZIP",
    b"7z\xbc\xaf": f"文件是 7z 压缩包，不能打开。{ARCHIVE}，或改用 ZIP",
    b"\x1f\x8b": f"文件是 gz 压缩文件，不能打开。{ARCHIVE}",
    b"BZh": f"文件是 bz2 压缩文件，不能打开。{ARCHIVE}",
    b"\xfd7zXZ": f"文件是 xz 压缩文件，不能打开。{ARCHIVE}",
    b"{\\rtf": "文件是文字文档（RTF），不是电子表格",
    b"L\x00\x00\x00\x01\x14\x02\x00": "文件是快捷方式（链接），不是表格本身。请报送它所指向的文件",
    b"[InternetShortcut]": "文件是快捷方式（网址链接），不是表格本身",
    b"MIME-Version:": f"文件是网页归档（单个文件网页，MHTML），不能读取。{SAVE_AS}",
    b"Content-Type: multipart/related": f"文件是网页归档（单个文件网页，MHTML），不能读取。{SAVE_AS}",
    b"\x09\x00\x04\x00": f"文件是很旧的 Excel 2 版本，不能读取。{SAVE_AS}",
    b"\x09\x02\x06\x00": f"文件是很旧的 Excel 3 版本，不能读取。{SAVE_AS}",
    b"\x09\x04\x06\x00": f"文件是很旧的 Excel 4 版本，不能读取。{SAVE_AS}",
}
BITMAP = "文件是图片，不是电子表格"
BITMAP_HEADER_BYTES = {12, 40, 52, 56, 64, 108, 124}
PASSWORD = "文件已加密（设有密码），无法读取。请取消密码"
BIFF8_WORKBOOK = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # the record that begins a workbook
FILE_PASS = 0x2F
FIRST_RECORDS = 10
OLE_STREAMS = (
    ("EncryptedPackage", PASSWORD),
    ("WordDocument", "文件是 Word 文字处理文档，不是电子表格"),
    ("PowerPoint Document", "文件是 PowerPoint 演示文稿，不是电子表格"),
    ("VisioDocument", "文件是 Visio 绘图，不是电子表格"),
    ("__properties_version1.0", "文件是 Outlook 邮件，不是电子表格"),
)
EXCEL_95 = f"文件是 Excel 95（5.0）版本的旧格式，不能读取。{SAVE_AS}"
PARTS = (
    (("OFD.xml",), "文件是 OFD 版式文档，不是电子表格"),
    (("Index/Document.iwa", "Index.zip"), f"文件是 Numbers 表格（苹果电脑），不能读取。{SAVE_AS}"),
    (("word/document.xml",), "文件是 Word 文字处理文档，不是电子表格"),
    (("ppt/presentation.xml",), "文件是 PowerPoint 演示文稿，不是电子表格"),
)
OTHER_OFFICE = "文件是其他 Office 文档，不是电子表格"


def by_beginning(head: bytes) -> str | None:
    """Why what begins so is no spreadsheet; None when it may be one."""
    for magic, reason in BEGINNINGS.items():
        if head.startswith(magic):
            return reason
    if head.startswith(b"BM") and len(head) > 18 and struct.unpack("<I", head[14:18])[0] in BITMAP_HEADER_BYTES:
        return BITMAP
    return None


def by_streams(data: bytes) -> str | None:
    """Why an OLE container is no workbook that can be read; None when it may be one."""
    for name, reason in OLE_STREAMS:
        if _names_stream(data, name):
            return reason
    if _is_under_password(data):
        return PASSWORD
    return EXCEL_95 if _names_stream(data, "Book") and not _names_stream(data, "Workbook") else None


def _is_under_password(data: bytes) -> bool:
    """Whether a workbook of Excel 97 begins with the record that says how it is encrypted."""
    position = data.find(BIFF8_WORKBOOK)
    for _ in range(FIRST_RECORDS if position >= 0 else 0):
        kind, size = struct.unpack_from("<HH", data.ljust(position + 4, b"\0"), position)
        if kind == FILE_PASS:
            return True
        position += 4 + size
    return False


def _names_stream(data: bytes, name: str) -> bool:
    """Whether the container has a stream of that name: an entry of its directory holds it in UTF-16, zeros behind."""
    return name.encode("utf-16-le") + bytes(4) in data


def by_parts(names: Collection[str]) -> str | None:
    """Why a zip of those members is another program's document; None when it may hold tables."""
    for parts, reason in PARTS:
        if any(part in names for part in parts):
            return reason
    return OTHER_OFFICE if "[Content_Types].xml" in names else None
