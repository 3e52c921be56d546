"""Listing the landing zone: what counts, where it belongs, and what is told when it cannot be reached."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from ingest.errors import LandingError, LandingUnreachableError
from ingest.landing.ignored import is_ignored
from ingest.landing.listing import LandingFile, LandingZone, Listing, place_of
from ingest.landing.sftp import KnownHostSFTP
from ingest.reference import Reference
from ingest.secrecy import without_password


def test_files_are_listed_with_path_size_and_time(tmp_path: Path) -> None:
    target = tmp_path / "2020-09" / "331002" / "报送" / "a.xlsx"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"abc")
    (target.parent / "~$a.xlsx").write_bytes(b"lock")
    (target.parent / ".DS_Store").write_bytes(b"x")
    (file,) = LandingZone(str(tmp_path)).list().files
    assert (file.path, file.size_bytes) == ("2020-09/331002/报送/a.xlsx", 3)
    assert file.modified_at.timestamp() == pytest.approx(target.stat().st_mtime)
    assert file.key == (file.path, 3, file.modified_at.isoformat()), "ledgers on disk hold it"


def test_some_folders_are_listed_alone_and_need_not_be_there(tmp_path: Path) -> None:
    for unit in ("331002", "331003", "3310021"):
        (tmp_path / "2020-09" / unit).mkdir(parents=True)
        (tmp_path / "2020-09" / unit / "a.csv").write_bytes(b"x")
    zone = LandingZone(str(tmp_path))
    files = zone.list(["2020-09/331002", "2021-09/331002"]).files
    assert files == tuple(file for file in zone.list().files if file.path == "2020-09/331002/a.csv")
    assert zone.list([]).files == ()


def test_an_etag_tells_states_of_the_same_second_apart_and_a_time_the_same_state_sent_again() -> None:
    noon, later = datetime(2020, 9, 20, 12, tzinfo=UTC), datetime(2020, 9, 20, 13, tzinfo=UTC)
    states = [LandingFile("a", "/a", 1, time, etag) for time in (noon, later) for etag in ("x", "y", None)]
    assert len({state.key for state in states}) == 6


@pytest.mark.parametrize(
    ("info", "etag"), [({"ETag": '"x"'}, "x"), ({"etag": "x"}, "x"), ({"ETag": ""}, None), ({}, None)]
)
def test_the_etag_is_taken_under_every_name(info: dict[str, str], etag: str | None) -> None:
    zone = LandingZone("memory://landing-etags")
    zone.filesystem.pipe("/landing-etags/a.csv", b"x")
    zone.filesystem.ls = lambda root, **_: [{"name": f"{root}/a.csv", "type": "file", "size": 1} | info]
    assert [file.etag for file in zone.list().files] == [etag]


@pytest.mark.parametrize("protocol", ["sftp", "ssh"])
def test_sftp_is_never_opened_without_a_look_at_the_key_of_the_server(protocol: str) -> None:
    assert fsspec.get_filesystem_class(protocol) is KnownHostSFTP


def test_any_fsspec_url_will_do() -> None:
    zone = LandingZone("memory://landing-test")
    zone.filesystem.pipe("/landing-test/2020-09/331002/a.csv", b"x")
    assert [file.path for file in zone.list().files] == ["2020-09/331002/a.csv"]


def test_the_empty_object_in_place_of_a_folder_is_no_file() -> None:
    zone = LandingZone("memory://landing-markers")
    zone.filesystem.pipe("/landing-markers/2020-09/331002/a.csv", b"x")
    zone.filesystem.ls = lambda root, **_: [
        {"name": f"{root}/2020-09/331002/", "type": "file", "size": 0},
        {"name": f"{root}/2020-09/331002/a.csv", "type": "file", "size": 1},
    ]
    assert [file.path for file in zone.list().files] == ["2020-09/331002/a.csv"]


def test_a_file_is_no_landing_zone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    with pytest.raises(LandingError, match="not a folder") as caught:
        LandingZone(str(tmp_path / "a.csv")).list()
    assert not isinstance(caught.value, LandingUnreachableError)


def test_every_zone_connects_anew(tmp_path: Path) -> None:
    assert LandingZone(str(tmp_path)).filesystem is not LandingZone(str(tmp_path)).filesystem


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/data/landing", "/data/landing"),
        ("sftp://desk@host:22/landing", "sftp://desk@host:22/landing"),
        ("sftp://desk:secret@host:22/landing", "sftp://desk:***@host:22/landing"),
        ("sftp://desk:se@c:ret@host/landing", "sftp://desk:***@host/landing"),
        ("sftp://desk:sec/ret@host/landing", "sftp://desk:***@host/landing"),
        ("simplecache::sftp://desk:secret@host/landing", "simplecache::sftp://desk:***@host/landing"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize("password", ["sec/ret", "sec#ret", "sec?ret"])
def test_a_password_that_no_url_holds_is_told_without_it(password: str) -> None:
    with pytest.raises(LandingError, match="FSSPEC_SFTP_PASSWORD") as caught:
        LandingZone(f"sftp://desk:{password}@127.0.0.1:1/landing")
    assert "sec" not in str(caught.value) and caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["/no/such/folder", "nosuchprotocol://x"])
def test_a_missing_or_unknown_landing_zone_is_one_sentence(url: str) -> None:
    with pytest.raises(LandingError, match=url) as caught:
        LandingZone(url).list()
    assert not isinstance(caught.value, LandingUnreachableError)


def test_a_server_that_is_not_there_is_out_of_reach() -> None:
    with pytest.raises(LandingUnreachableError, match=r"sftp://desk:\*\*\*@127\.0\.0\.1:1/landing cannot be opened"):
        LandingZone("sftp://desk:secret@127.0.0.1:1/landing")


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("a/~$x.xlsx", True),
        ("a/.x", True),
        ("a/.git/x", True),
        ("__MACOSX/x", True),
        ("a/x~.xlsx", False),
        ("a/x.pdf", False),
    ],
)
def test_lock_files_and_droppings_are_passed_over(path: str, ignored: bool) -> None:
    assert is_ignored(path) is ignored


def test_the_path_says_collection_and_unit(reference: Reference) -> None:
    assert place_of("2020-09/331002/x/y.xlsx", reference).unit_code == "331002"
    assert "331021" in str(place_of("2020-09/331021/y.xlsx", reference).reason)
    assert "2020-9" in str(place_of("2020-9/331002/y.xlsx", reference).reason)
    assert place_of("2020-09/y.xlsx", reference).reason


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The folder of a unit in a landing zone, with four files."""
    folder = tmp_path / "landing" / "2020-09" / "331002"
    folder.mkdir(parents=True)
    for name in "abcd":
        (folder / f"{name}.csv").write_bytes(b"x")
    return folder


def look(unit: Path) -> Listing:
    return LandingZone(str(unit.parents[1])).list()


def test_links_pipes_and_devices_are_told_and_not_taken(unit: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").write_bytes(b"x")
    (unit.parent / "331003").symlink_to(tmp_path / "elsewhere")
    (unit / "file.csv").symlink_to(tmp_path / "elsewhere" / "secret.csv")
    (unit / "broken.csv").symlink_to("nowhere")
    (unit / ".hidden").symlink_to("nowhere")
    os.mkfifo(unit / "pipe.csv")
    listing = look(unit)
    assert {file.path[-5] for file in listing.files} == set("abcd")
    told = {each.path: each.reason for each in listing.untaken}
    assert [path for path, reason in told.items() if "链接" in reason] == [
        "2020-09/331002/broken.csv",
        "2020-09/331002/file.csv",
        "2020-09/331003",
    ]
    assert "管道" not in told and "普通文件" in told["2020-09/331002/pipe.csv"] and len(told) == 4
    alone = LandingZone(str(unit.parents[1])).list(["2020-09/331003"])
    assert alone.files == (), "also when that unit is asked for alone"


def test_the_root_may_be_a_link(unit: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(unit.parents[1])
    assert len(LandingZone(str(tmp_path / "link")).list().files) == 4


@pytest.fixture
def as_somebody() -> Iterator[None]:
    """Nothing is forbidden to root."""
    if os.getuid() == 0:
        os.seteuid(65534)
    yield
    os.seteuid(os.getuid())


@pytest.mark.usefixtures("as_somebody")
def test_a_folder_that_may_not_be_listed_is_told_and_what_lies_in_it_is_not_lost() -> None:
    with tempfile.TemporaryDirectory() as root:
        for name in ("331002", "331003"):
            (Path(root) / "2020-09" / name).mkdir(parents=True)
            (Path(root) / "2020-09" / name / "a.csv").write_bytes(b"x")
        known = {file.path for file in LandingZone(root).list().files}
        (Path(root) / "2020-09" / "331002").chmod(0o000)
        listing = LandingZone(root).list()
        (Path(root) / "2020-09" / "331002").chmod(0o700)
    assert [file.path for file in listing.files] == ["2020-09/331003/a.csv"]
    assert [each.path for each in listing.untaken] == ["2020-09/331002"] and "无权" in listing.untaken[0].reason
    assert listing.lost(known) == [] and listing.missing(known) == []


def test_a_unit_that_lost_half_of_its_files_and_a_zone_that_lost_a_tenth_is_told(unit: Path) -> None:
    for number in range(40):
        (unit.parent / "331003").mkdir(exist_ok=True)
        (unit.parent / "331003" / f"{number}.csv").write_bytes(b"x")
    known = {file.path for file in look(unit).files}
    assert look(unit).missing(known) == []
    (unit / "a.csv").unlink()
    assert look(unit).missing(known) == []
    (unit / "b.csv").unlink()
    (missing,) = look(unit).missing(known)
    assert missing.path == "2020-09/331002" and "4 个文件中有 2 个" in missing.reason
    (unit / "e.csv").write_bytes(b"x")
    (unit / "f.csv").write_bytes(b"x")
    assert look(unit).missing(known) == [], "they were renamed"
    for number in range(6):
        (unit.parent / "331003" / f"{number}.csv").unlink()
    assert [each.path for each in look(unit).missing(known)] == ["/"]


def test_an_empty_zone_that_held_files_is_told(unit: Path) -> None:
    known = {file.path for file in look(unit).files}
    shutil.rmtree(unit.parent)
    assert [each.path for each in look(unit).missing(known)] == ["/", "2020-09/331002"]
    assert Listing(()).missing(()) == [], "one that never held any is not"
