"""Taking in: every file is archived, a zip holds documents, sending an old file again is a new arrival."""

import errno
import hashlib
import io
import os
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import limits
from ingest.errors import LandingError, LandingUnreachableError
from ingest.landing.archive import Archive
from ingest.landing.arrive import Intake, take_in
from ingest.landing.ledger import Arrival, Ledger
from ingest.landing.listing import LandingZone
from ingest.landing.zips import fault_of_zip, is_bundle
from ingest.reference import Reference
from ingest.storage.folder import Folder


class Landing:
    """A landing zone and what was taken in from it."""

    def __init__(self, root: Path, reference: Reference):
        self.zone = root / "landing" / "2020-09" / "331002"
        self.zone.mkdir(parents=True)
        self.root, self.reference, self.archive = root, reference, Archive(Folder(root / "archive"))
        self.told: list[str] = []

    def put(self, name: str, data: bytes, time: int = 1_600_000_000) -> None:
        (self.zone / name).write_bytes(data)
        os.utime(self.zone / name, (time, time))

    def put_zip(self, name: str, members: dict[str, bytes]) -> None:
        with zipfile.ZipFile(self.zone / name, "w", zipfile.ZIP_DEFLATED) as bundle:
            for member, data in members.items():
                bundle.writestr(member, data)

    def take_in(self, etag: str | None = None) -> tuple[Intake, list[Arrival]]:
        """As from a folder, or as from a server that gives every file this etag."""
        with Ledger(self.root / "ledger.sqlite") as ledger:
            zone = LandingZone(str(self.root / "landing"))
            files = [replace(file, etag=etag) for file in zone.list().files]
            intake = take_in(zone, files, self.archive, ledger, self.reference, self.told.append)
            return intake, ledger.arrivals()


@pytest.fixture
def landing(tmp_path: Path, reference: Reference) -> Landing:
    return Landing(tmp_path, reference)


def test_every_byte_is_archived_once_and_a_second_look_finds_nothing(landing: Landing) -> None:
    landing.put("a.csv", b"1")
    landing.put("b.pdf", b"%PDF")
    intake, arrivals = landing.take_in()
    assert (intake.files_new, len(arrivals)) == (2, 2)
    assert {landing.archive.read(a.document_id) for a in arrivals} == {b"1", b"%PDF"}
    assert landing.take_in()[0].files_new == 0


def test_the_same_bytes_sent_again_are_a_new_arrival_of_the_same_document(landing: Landing) -> None:
    landing.put("a.csv", b"1", 1_600_000_000)
    landing.take_in()
    landing.put("a.csv", b"1", 1_600_000_999)
    _, arrivals = landing.take_in()
    assert len(arrivals) == 2
    assert len({a.document_id for a in arrivals}) == 1


def test_a_zip_holds_documents(landing: Landing) -> None:
    landing.put_zip("打包.zip", {"b.csv": b"2", "a/甲.csv": b"1", ".DS_Store": b"x", "__MACOSX/a": b"x"})
    _, arrivals = landing.take_in()
    assert [a.path for a in arrivals] == ["2020-09/331002/打包.zip!a/甲.csv", "2020-09/331002/打包.zip!b.csv"]
    assert arrivals[1].document_id == hashlib.sha256(b"2").hexdigest()


def test_member_names_of_chinese_windows_are_read(landing: Landing) -> None:
    (landing.zone / "a.zip").write_bytes(_gbk_zip("教师名册.csv", b"1"))
    _, arrivals = landing.take_in()
    assert [a.path for a in arrivals] == ["2020-09/331002/a.zip!教师名册.csv"]


def _gbk_zip(name: str, data: bytes) -> bytes:
    """A zip whose member name stands in GBK without the UTF-8 flag."""
    placeholder = "x" * len(name.encode("gb18030"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr(placeholder, data)
    return buffer.getvalue().replace(placeholder.encode(), name.encode("gb18030"))


def test_a_workbook_is_no_bundle(landing: Landing) -> None:
    landing.put_zip("book.xlsx", {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
    assert [a.path for a in landing.take_in()[1]] == ["2020-09/331002/book.xlsx"]


def test_a_zip_that_unpacks_to_too_much_stands_for_itself(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_FREE_BYTES", 1000)
    landing.put_zip("bomb.zip", {"a.csv": b"0" * 1_000_000})
    _, arrivals = landing.take_in()
    assert [a.path for a in arrivals] == ["2020-09/331002/bomb.zip"]
    assert len(list((landing.root / "archive").rglob("*"))) == 2  # its folder and itself


def _damaged(mark: bytes, after: int) -> bytes:
    """A zip of one document in which some bytes after a mark are wrong."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("a.csv", b"1,2,3\n" * 1000)
    data = bytearray(buffer.getvalue())
    at = data.find(mark) + after
    data[at : at + 4] = b"\xff" * 4
    return bytes(data)


def test_a_zip_with_a_damaged_directory_stands_for_itself(landing: Landing) -> None:
    landing.put("a.zip", _damaged(b"PK\1\2", 0))
    assert [a.path for a in landing.take_in()[1]] == ["2020-09/331002/a.zip"]


@pytest.mark.parametrize(
    ("at", "broken", "reason"),
    [
        (lambda data: data.rfind(b"PK\3\4", 0, data.find(b"PK\1\2")) + 40, b"\xff\xff\xff", "已损坏"),
        (lambda data: data.rfind(b"PK\1\2") + 6, b"\x81", None),  # claims version 12.9: its bytes are as they should be
        (lambda data: data.rfind(b"PK\1\2") + 10, b"\x63", "压缩方式"),
        (lambda data: data.rfind(b"PK\1\2") + 8, b"\x01", "已加密"),
        (lambda data: data.rfind(b"PK\1\2") + 46, b"\xff", "文件名已损坏"),
        (lambda data: data.rfind(b"PK\1\2") + 42, b"\xff\xff\xff\x7f", "已损坏"),
    ],
    ids=["content", "version", "method", "password", "name", "place"],
)
def test_a_broken_member_is_a_document_that_says_so_and_the_others_are_read(
    landing: Landing, at: Callable[[bytes], int], broken: bytes, reason: str | None
) -> None:
    landing.put_zip("a.zip", {"甲.csv": b"1,2\n" * 50, "乙.csv": b"3,4\n" * 50})
    data = bytearray((landing.zone / "a.zip").read_bytes())
    place = at(bytes(data))
    data[place : place + len(broken)] = broken
    landing.put("a.zip", bytes(data))
    good, bad = sorted(landing.take_in()[1], key=lambda arrival: "甲" not in arrival.path)
    assert good.path == "2020-09/331002/a.zip!甲.csv" and landing.archive.read(good.document_id) == b"1,2\n" * 50
    assert (
        bad.path.startswith("2020-09/331002/a.zip!")
        and bad.document_id == hashlib.sha256(landing.archive.read(bad.document_id)).hexdigest()
    )
    with landing.archive.local(bad.document_id) as path:
        fault = fault_of_zip(path)
        assert (fault is None) == (reason is None) and (reason or "") in (fault or "")
        assert not is_bundle(path), "it stands for itself from now on"


def test_members_that_lie_before_the_beginning_of_their_zip_are_told(landing: Landing) -> None:
    landing.put_zip("a.zip", {"甲.csv": b"1,2\n", "乙.csv": b"3,4\n"})
    data = bytearray((landing.zone / "a.zip").read_bytes())
    at = data.rfind(b"PK\5\6") + 16  # where the directory is said to begin
    data[at : at + 2] = b"\xff\xff"
    landing.put("a.zip", bytes(data))
    for arrival in landing.take_in()[1]:
        with landing.archive.local(arrival.document_id) as path:
            assert "已损坏" in str(fault_of_zip(path)), arrival.path


def test_a_zip_with_a_password_is_told_member_by_member(landing: Landing, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,2\n" * 50)
    subprocess.run(["zip", "-q", "-P", "x", landing.zone / "a.zip", "a.csv"], cwd=tmp_path, check=True)
    (arrival,) = landing.take_in()[1]
    with landing.archive.local(arrival.document_id) as path:
        assert arrival.path.endswith("a.zip!a.csv") and "取消密码" in str(fault_of_zip(path))


@pytest.mark.parametrize(
    "members",
    [
        {"OFD.xml": b"<x/>", "Doc_0/Document.xml": b"<x/>", "Doc_0/Res/image_1.png": b"\x89PNG"},
        {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"},
        {"Index/Document.iwa": b"x", "Metadata/Properties.plist": b"x"},
        {"[Content_Types].xml": b"<x/>", "xl\\workbook.xml": b"<x/>"},
    ],
    ids=["OFD", "Word", "Numbers", "back slashes"],
)
def test_a_package_of_another_program_is_one_document(landing: Landing, members: dict[str, bytes]) -> None:
    landing.put_zip("a.zip", members)
    assert [a.path for a in landing.take_in()[1]] == ["2020-09/331002/a.zip"]


@pytest.mark.parametrize(
    "members",
    [{}, {"__MACOSX/._a.xlsx": b"x", ".DS_Store": b"x", "x/Thumbs.db": b"x", "说明.txt": b"\xef\xbb\xbf \r\n"}],
)
def test_a_zip_of_nothing_is_one_document_that_says_so(landing: Landing, members: dict[str, bytes]) -> None:
    landing.put_zip("空.zip", members)
    (arrival,) = landing.take_in()[1]
    with landing.archive.local(arrival.document_id) as path:
        assert arrival.path == "2020-09/331002/空.zip" and "没有可读取的文件" in str(fault_of_zip(path))


@pytest.mark.parametrize("blank", [b"", b" \r\n\t", "\u3000".encode("gb18030"), "\ufeff \n".encode("utf-16-le")])
def test_droppings_are_nobodys_document_and_looked_at_once(landing: Landing, blank: bytes) -> None:
    for name in ("Thumbs.db", "desktop.ini", "~$a.xlsx", "._a.xlsx"):
        landing.put(name, b"x")
    landing.put("新建文本文档.txt", blank)
    landing.put_zip("a.zip", {"a.csv": b"1", "Desktop.ini": b"x", "空.txt": blank})
    assert [a.path for a in landing.take_in()[1]] == ["2020-09/331002/a.zip!a.csv"]
    assert landing.take_in()[0].files_new == 0


def test_names_in_gbk_bytes_are_shown_decoded_and_opened_by_their_bytes(landing: Landing) -> None:
    folder = landing.zone / os.fsdecode("报表".encode("gbk"))
    folder.mkdir()
    (folder / os.fsdecode("办学条件.csv".encode("gbk"))).write_bytes(b"1")
    landing.put("甲.csv", b"2")
    _, arrivals = landing.take_in()
    assert {a.path for a in arrivals} == {"2020-09/331002/报表/办学条件.csv", "2020-09/331002/甲.csv"}
    assert {landing.archive.read(a.document_id) for a in arrivals} == {b"1", b"2"}
    assert landing.take_in()[0].files_new == 0


def test_a_time_to_come_counts_as_the_moment_of_arrival_once_and_for_all(landing: Landing) -> None:
    ahead = datetime(2099, 1, 1, tzinfo=UTC)
    landing.put("a.csv", b"1", int(ahead.timestamp()))
    before = datetime.now(UTC)
    (arrival,) = landing.take_in()[1]
    assert before <= arrival.received_at <= datetime.now(UTC) and arrival.stated_at == ahead
    with Ledger(landing.root / "ledger.sqlite") as ledger:
        ledger.forget_files(["2020-09/331002/a.csv"])  # as a ledger that was made anew does not know it
    assert landing.take_in()[0].files_new == 1 and landing.take_in()[1] == [arrival]
    landing.put("a.csv", b"2", 1_600_000_000)
    assert [a.document_id for a in landing.take_in()[1]][-1] == arrival.document_id, "of 2020, it is not the newest"


def test_a_file_that_may_not_be_read_is_told_and_tried_again(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.put("a.csv", b"1")
    landing.put("b.csv", b"2")
    receive = Archive.receive

    def refuse_once(*_: object) -> object:
        monkeypatch.setattr(Archive, "receive", receive)
        raise PermissionError

    monkeypatch.setattr(Archive, "receive", refuse_once)
    intake, arrivals = landing.take_in()
    assert [each.path for each in intake.not_fetched] == ["2020-09/331002/a.csv"] and intake.files_new == 1
    assert [a.path for a in arrivals] == ["2020-09/331002/b.csv"]
    assert landing.take_in()[0].files_new == 1


def test_a_landing_zone_that_fails_half_way_keeps_what_was_taken_in(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.put("a.csv", b"1")
    landing.put("b.csv", b"2")
    receive = Archive.receive

    def break_off(archive: Archive, source: io.BufferedReader, *_: object) -> object:
        if source.name.endswith("b.csv"):
            raise EOFError  # as paramiko does when the connection is gone
        return receive(archive, source)

    monkeypatch.setattr(Archive, "receive", break_off)
    with pytest.raises(LandingUnreachableError, match=r"b\.csv of the landing zone .* cannot be taken in: EOFError\."):
        landing.take_in()
    monkeypatch.undo()
    assert landing.take_in()[0].files_new == 1


@pytest.mark.parametrize("step", ["receive", "keep"])
def test_a_full_disk_is_no_trouble_of_the_network(step: str, landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    landing.put("a.csv", b"1")
    monkeypatch.setattr(Archive, step, refuse)
    with pytest.raises(LandingError, match="No space left") as caught:
        landing.take_in()
    assert not isinstance(caught.value, LandingUnreachableError)


def test_an_object_overwritten_within_a_second_is_a_new_arrival_after_the_first(landing: Landing) -> None:
    for etag, data in (("x", b"2"), ("y", b"1")):
        landing.put("a.csv", data)
        intake, arrivals = landing.take_in(etag)
        assert intake.files_new == 1 and landing.take_in(etag)[0].files_new == 0
    assert [landing.archive.read(a.document_id) for a in arrivals] == [b"2", b"1"]
    assert len({a.received_at for a in arrivals}) == 1


def test_a_file_known_without_its_etag_is_looked_at_again_and_brings_nothing_new(landing: Landing) -> None:
    landing.put("a.csv", b"1")
    landing.put_zip("b.zip", {"c.csv": b"2"})
    _, before = landing.take_in()
    intake, after = landing.take_in("x")
    assert intake.files_new == 2 and after == before
    assert landing.take_in("x")[0].files_new == 0


def test_a_file_out_of_place_is_archived_with_the_reason(landing: Landing) -> None:
    (landing.zone.parent / "331021").mkdir()
    (landing.zone.parent / "331021" / "a.csv").write_bytes(b"1")
    (arrival,) = landing.take_in()[1]
    assert arrival.unit_code is None and "331021" in str(arrival.reason)
    assert landing.archive.read(arrival.document_id) == b"1"
