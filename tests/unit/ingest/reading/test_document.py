"""Documents are opened by what they hold; what cannot be read is refused with the reason."""

import io
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import xlwt
from pyxlsbwriter import XlsbWriter

from ingest import limits
from ingest.errors import UnreadableDocumentError
from ingest.reading.document import LARGE_TEXT_BYTES, is_large_text, open_document

ROWS: list[list[str | int]] = [["学校标识码", "接入带宽"], ["3310020001", 1000]]
EXPECTED = [["学校标识码", "接入带宽"], ["3310020001", "1000"]]


def write_as(kind: str, path: Path, write_xlsx: Callable[..., Path]) -> Path:
    """ROWS in a file of some kind, always under the same meaningless name."""
    if kind == "xlsx":
        return write_xlsx(("Sheet1", ROWS), name=path.name)
    if kind == "xls":
        book = xlwt.Workbook()
        sheet = book.add_sheet("Sheet1")
        for i, row in enumerate(ROWS):
            for j, value in enumerate(row):
                sheet.write(i, j, value)
        book.save(str(path))
    elif kind == "ods":
        pd.DataFrame(ROWS).to_excel(path.with_suffix(".ods"), engine="odf", header=False, index=False)  # type: ignore[arg-type]  # pandas-stubs have no odf
        shutil.move(path.with_suffix(".ods"), path)
    elif kind == "xlsb":
        with XlsbWriter(str(path)) as book:
            book.add_sheet("Sheet1")
            book.write_sheet(ROWS)
    elif kind == "html":
        cells = "".join("<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>" for row in ROWS)
        path.write_text(f"<html><body><table>{cells}</table></body></html>", encoding="utf-8")
    else:
        path.write_bytes("\r\n".join(",".join(map(str, row)) for row in ROWS).encode(kind))
    return path


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "xlsb", "html", "gb18030", "utf-8-sig"])
def test_the_content_says_what_it_is_not_the_name(kind: str, tmp_path: Path, write_xlsx: Callable[..., Path]) -> None:
    (sheet,) = open_document(write_as(kind, tmp_path / "最终版.dat", write_xlsx))
    assert sheet.head(9) == EXPECTED


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return buffer.getvalue()


ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
WORKBOOK = zip_of({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "为空"),
        (b"  \n", "为空"),
        (b"%PDF-1.4 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n...", "图片"),
        (struct.pack("<4B", 0xFF, 0xD8, 0xFF, 0xE0), "图片"),
        (ENCRYPTED, "加密"),
        (ENCRYPTED.replace("Enc".encode("utf-16-le"), "Abc".encode("utf-16-le")), "损坏"),
        (WORKBOOK[: len(WORKBOOK) // 2], "损坏"),
        (WORKBOOK, "损坏"),
        (zip_of({"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), "不是电子表格"),
        (zip_of({"a.csv": b"1"}), "压缩包"),
        (b"<html><body>no table</body></html>", "没有表格"),
        (b"\x00\x01\x02\x03", "不是电子表格"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    with pytest.raises(UnreadableDocumentError, match=reason):
        open_document(path)


def test_a_zip_bomb_is_refused_with_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_FREE_BYTES", 100_000)
    path = tmp_path / "大表.xlsx"
    path.write_bytes(zip_of({"xl/workbook.xml": b"0" * 1_000_000}))
    with pytest.raises(UnreadableDocumentError, match="200"):
        open_document(path)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"a,b\n", True),
        ("a,b\n".encode("utf-16"), True),
        ("学校,班级\n".encode("gb18030"), True),
        (" \n<table>".encode("utf-8-sig"), False),
        ("<table>".encode("utf-16"), False),
        (b"%PDF-1.6", False),
        (b"PK\x03\x04", False),
    ],
)
def test_only_a_large_delimited_text_is_read_in_parts(head: bytes, expected: bool, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(head)
    assert not is_large_text(path)
    with path.open("r+b") as handle:
        handle.truncate(LARGE_TEXT_BYTES)
    assert is_large_text(path) == expected
