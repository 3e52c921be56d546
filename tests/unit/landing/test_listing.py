"""Listing the landing zone: what counts, where it belongs, and what is told when it cannot be reached."""

from pathlib import Path

import pytest

from ingest.errors import LandingError
from ingest.landing.listing import LandingZone, is_ignored, place_of
from ingest.reference import Reference


def test_files_are_listed_with_path_size_and_time(tmp_path: Path) -> None:
    target = tmp_path / "2020-09" / "331002" / "报送" / "a.xlsx"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"abc")
    (target.parent / "~$a.xlsx").write_bytes(b"lock")
    (target.parent / ".DS_Store").write_bytes(b"x")
    (file,) = LandingZone(str(tmp_path)).list()
    assert (file.path, file.size_bytes) == ("2020-09/331002/报送/a.xlsx", 3)
    assert file.modified_at.timestamp() == pytest.approx(target.stat().st_mtime)


def test_any_fsspec_url_will_do() -> None:
    zone = LandingZone("memory://landing-test")
    zone.filesystem.pipe("/landing-test/2020-09/331002/a.csv", b"x")
    assert [file.path for file in zone.list()] == ["2020-09/331002/a.csv"]


@pytest.mark.parametrize("url", ["/no/such/folder", "nosuchprotocol://x"])
def test_a_missing_or_unknown_landing_zone_is_one_sentence(url: str) -> None:
    with pytest.raises(LandingError, match=url):
        LandingZone(url).list()


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
