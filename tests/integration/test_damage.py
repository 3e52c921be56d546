"""What can be made again is made again; of what cannot, one sentence says which backup to restore. A disk that refuses is one sentence."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.conftest import Workplace

SAME = (
    "metrics.metric_values",
    "metrics.target_progress",
    "marts.fct_enrollment",
    "quality.documents",
    "quality.issues",
)
PRIVATE = ("archive", "lake", "work", "logs", "dagster", "desk", "feedback", "locks")


@pytest.fixture
def place(released: Workplace, tmp_path: Path) -> Workplace:
    """A refreshed city of one's own."""
    shutil.copytree(released.root, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Workplace(tmp_path)


def contents(place: Workplace) -> dict[str, pd.DataFrame]:
    return {table: place.query(f"select * from {table} order by all") for table in SAME}


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """What a refresh that failed said."""
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def flip(path: Path, at: int) -> None:
    """Changes a byte of a file, which may be write-protected."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.chmod(0o600)
    path.write_bytes(bytes(data))


def segments(place: Workplace) -> list[Path]:
    return sorted(path for path in (place.data / "lake" / "rows").rglob("0*.parquet"))


def test_database_lake_and_releases_are_made_again(place: Workplace) -> None:
    before, damaged = contents(place), place.current
    (place.data / "work" / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    cut, footer, gone, *_ = segments(place)
    cut.write_bytes(cut.read_bytes()[:-100])
    flip(footer, -20)
    gone.write_bytes(b"")
    (place.data / "lake" / "issues" / "empty.parquet").write_bytes(b"x")
    flip(damaged / "manifest.json", 0)
    done = place.refresh()
    assert done.returncode == 0 and "发布位置" in done.stdout, done.stderr
    assert place.current != damaged
    for table, expected in before.items():
        pd.testing.assert_frame_equal(place.query(f"select * from {table} order by all"), expected)


@pytest.mark.parametrize("damage", ["leads nowhere", "its database is cut", "a file is missing"])
def test_a_current_release_that_is_not_sound_is_published_anew(damage: str, place: Workplace) -> None:
    before, release = contents(place), place.current
    if damage == "leads nowhere":
        shutil.rmtree(release)
    if damage == "its database is cut":
        database = release / "warehouse.duckdb"
        database.chmod(0o600)
        database.write_bytes(database.read_bytes()[:100_000])
    if damage == "a file is missing":
        (release / "parquet" / "metrics" / "metric_values.parquet").unlink()
    done = place.refresh()
    assert done.returncode == 0 and "发布位置" in done.stdout, done.stderr
    for table, expected in before.items():
        pd.testing.assert_frame_equal(place.query(f"select * from {table} order by all"), expected)


def test_a_byte_of_the_archive_that_has_changed_is_noticed_and_says_which_backup_to_restore(place: Workplace) -> None:
    current = place.current
    document = place.query("select document_id as d from quality.documents where status = 'accepted' order by 1")["d"][
        0
    ]
    archived = place.data / "archive" / document[:2] / document
    flip(archived, 100)
    said = one_sentence(place.refresh("--everything"))
    assert document in said and "archive/" in said and "备份" in said
    archived.unlink()
    assert "缺失" in one_sentence(place.refresh("--everything")) and place.current == current
    assert place.refresh().returncode in (0, 1), "nothing else was harmed"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB; skipped where none can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk]).returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_and_one_that_is_read_only_are_one_sentence_each(small_landing: Path, small_disk: Path) -> None:
    place = Workplace(small_disk, {"EDU_LANDING_URL": str(small_landing)})
    assert "no space left" in one_sentence(place.refresh())
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert "read-only" in one_sentence(place.refresh())


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_readers_enter_releases_and_nothing_else_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    (place.landing / "2020-09" / "331002").mkdir(parents=True)
    (place.landing / "2020-09" / "331002" / "a.pdf").write_bytes(b"%PDF")
    before = os.umask(umask)
    try:
        done = place.refresh()
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    assert mode(place.data) == 0o755
    for path in (place.data / "published", place.current.parent, place.current, *place.current.rglob("*")):
        assert mode(path) == (0o755 if path.is_dir() else 0o444), path
    for path in place.data.iterdir():
        assert path.name == "published" or mode(path) & 0o077 == 0, path
    assert mode(place.data / "logs" / "refresh.log") == 0o600


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
