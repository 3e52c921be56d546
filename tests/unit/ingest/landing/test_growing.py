"""A refresh waits for what is still being written, and for nothing else."""

import os
import threading
import time
from pathlib import Path

import pytest

from ingest.landing import growing
from ingest.landing.growing import wait_until_written
from ingest.landing.listing import LandingZone


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How often it waited between two looks, which then come at once."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def wait(folder: Path) -> None:
    zone = LandingZone(str(folder))
    wait_until_written(zone, zone.list().files, lambda _: None)


@pytest.mark.parametrize("ago", [60, -(10**9)], ids=["a minute ago", "in times to come"])
def test_what_was_not_written_just_now_is_not_waited_for(ago: int, tmp_path: Path, sleeps: list[float]) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    os.utime(tmp_path / "a.csv", (time.time() - ago, time.time() - ago))
    wait(tmp_path)
    assert sleeps == []


def test_what_stays_the_same_is_looked_at_once_more(tmp_path: Path, sleeps: list[float]) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    wait(tmp_path)
    assert len(sleeps) == 1


def test_a_file_that_grows_is_waited_for_until_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "LOOK_EVERY_SECONDS", 0.3)
    path, pieces, started = tmp_path / "a.csv", 30, threading.Event()

    def write() -> None:
        with open(path, "wb") as file:
            for _ in range(pieces):
                file.write(b"x" * 1000)
                file.flush()
                started.set()
                time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    started.wait()
    wait(tmp_path)
    assert path.stat().st_size == pieces * 1000
    writer.join()


def test_what_grows_for_ever_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: (tmp_path / "a.csv").open("ab").write(b"x"))
    (tmp_path / "a.csv").write_bytes(b"x")
    wait(tmp_path)
    assert (tmp_path / "a.csv").stat().st_size <= growing.LOOKS_MAX + 1
