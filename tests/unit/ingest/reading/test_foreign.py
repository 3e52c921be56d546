"""What is no spreadsheet gets its true reason, however the file is named."""

import io
import struct
import zipfile

import pytest

from ingest.reading.foreign import BEGINNINGS, OLE_MAGIC, by_beginning, by_parts, by_streams


@pytest.mark.parametrize("magic", BEGINNINGS)
def test_every_known_beginning_has_its_reason(magic: bytes) -> None:
    assert by_beginning(magic + bytes(600)) == BEGINNINGS[magic]


def test_a_bitmap_is_told_from_text_that_begins_with_its_letters() -> None:
    assert by_beginning(b"BM" + bytes(12) + struct.pack("<I", 40) + bytes(8)) == "文件是图片，不是电子表格"
    assert by_beginning("BM学校,人数\n3310020001,5\n".encode()) is None


@pytest.mark.parametrize("head", [b"PK\x03\x04", OLE_MAGIC, b"a,b\n1,2\n", b"", b"<html>"])
def test_what_may_be_a_spreadsheet_is_not_refused(head: bytes) -> None:
    assert by_beginning(head) is None


def container(*streams: str, begins: bytes = b"") -> bytes:
    names = b"".join(name.encode("utf-16-le") + bytes(8) for name in streams)
    return OLE_MAGIC + bytes(512) + names + begins


@pytest.mark.parametrize(
    ("stream", "says"), [("EncryptedPackage", "密码"), ("WordDocument", "Word"), ("Book", "Excel 95")]
)
def test_other_programs_containers_are_named(stream: str, says: str) -> None:
    assert says in str(by_streams(container("Root Entry", stream)))


def test_a_workbook_under_a_password_is_told_from_one_without() -> None:
    begin = struct.pack("<HH", 0x0809, 16) + struct.pack("<HH", 0x0600, 5) + bytes(12)
    locked = struct.pack("<HH", 0x2F, 4) + bytes(4)
    plain = struct.pack("<HH", 0x42, 2) + bytes(2)
    assert "密码" in str(by_streams(container("Workbook", begins=begin + plain + locked)))
    assert by_streams(container("Workbook", begins=begin + plain * 20)) is None


def test_zips_of_other_programs_are_told_by_their_parts() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("word/document.xml", "")
        bundle.writestr("[Content_Types].xml", "")
    assert "Word" in str(by_parts(zipfile.ZipFile(out).namelist()))
    assert "OFD" in str(by_parts(["OFD.xml"]))
    assert "Office" in str(by_parts(["[Content_Types].xml", "visio/document.xml"]))
    assert by_parts(["331002/教师名册.xlsx", "a.csv"]) is None
