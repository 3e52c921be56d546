"""A refresh that is killed leaves the last release as it was, and nothing that the next one does not mend."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.conftest import Workplace
from tests.releases import different_tables

PUBLISHED = "已发布"
LATE = "2020-09/331002/迟到.pdf"
PATIENCE_SECONDS = 10
POINTS = {
    "while documents are archived": ("其中新文件", 0.3),
    "after documents were read": ("份文件", 0.0),
    "while dbt computes": ("dbt", 4.0),
    "when the release was published": (PUBLISHED, 0.0),
    "while feedback is written": (PUBLISHED, 3.0),
}
TABLES = (
    "metrics.metric_values",
    "metrics.target_progress",
    "marts.fct_enrollment",
    "quality.documents",
    "quality.issues",
)


def kill_at(place: Workplace, words: str, seconds: float) -> None:
    """Starts a refresh and kills it, with its children, some time after it said something."""
    process = place.start()
    assert process.stdout is not None
    assert any(words in line for line in process.stdout), process.communicate()[1]
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def contents(place: Workplace) -> dict[str, pd.DataFrame]:
    return {table: place.query(f"select * from {table} order by all") for table in TABLES}


def feedback(place: Workplace) -> set[str]:
    folder = place.data / "feedback"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def start_until(place: Workplace, words: str, seconds: float) -> subprocess.Popen[str]:
    """Starts a refresh; some time after it said something it is still running."""
    process = place.start()
    assert process.stdout is not None
    assert any(words in line for line in process.stdout), process.communicate()[1]
    time.sleep(seconds)
    assert process.poll() is None
    return process


def left_alive(process: subprocess.Popen[str]) -> list[str]:
    """Command lines of the processes that a refresh started and that go on without it; those that are only not buried yet aside."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended since
            _, _, about = status.read_text().rpartition(")")
            state, _, _, session, *_ = about.split()
            if int(session) == process.pid and state != "Z":
                found.append((status.parent / "cmdline").read_text().replace("\0", " "))
    return found


def wait_until_alone(process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := left_alive(process):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.fixture(scope="module")
def undisturbed(small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = Workplace(tmp_path_factory.mktemp("undisturbed"))
    shutil.copytree(small_landing, place.landing)
    (place.landing / LATE).write_bytes(b"%PDF-1.4")
    assert place.refresh().returncode == 0
    return place


def test_what_was_killed_at_any_point_is_mended_by_the_next_run(undisturbed: Workplace, tmp_path: Path) -> None:
    """One data folder, killed at each point in turn; readers have a whole release, or the one before, all the time."""
    place = Workplace(tmp_path)
    shutil.copytree(undisturbed.landing, place.landing, ignore=shutil.ignore_patterns(Path(LATE).name))
    link = place.data / "published" / "current"
    for words, seconds in POINTS.values():
        if link.exists():
            shutil.copy2(undisturbed.landing / LATE, place.landing / LATE)  # something to publish once more
        kill_at(place, words, seconds)
        assert link.exists() == (words == PUBLISHED)
        if link.exists():
            assert len(place.query("select * from metrics.metric_values")) > 0
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    assert not list(place.data.rglob(".part-*")) and not list((place.data / "published").rglob(".2*"))
    assert not set(TABLES) & set(different_tables(place.current, undisturbed.current))
    assert feedback(place) == feedback(undisturbed)


def test_a_refresh_that_is_stopped_or_killed_takes_dbt_with_it(undisturbed: Workplace, tmp_path: Path) -> None:
    """Only the process itself is told, as by the OOM killer, systemd or a terminal: what it started ends with it."""
    place = Workplace(tmp_path)
    shutil.copytree(undisturbed.landing, place.landing)
    for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        process = start_until(place, "dbt", 4.0)
        assert any("dbt" in line for line in left_alive(process))
        process.send_signal(how)
        process.wait(PATIENCE_SECONDS)
        wait_until_alone(process)
        _, said = process.communicate()
        expected = -how if how == signal.SIGKILL else 128 + how
        assert (process.returncode, "stopped; the last release stands" in said) == (expected, how != signal.SIGKILL)
        assert "Traceback" not in said and len(said.splitlines()) == (how != signal.SIGKILL)
        assert not (place.data / "published" / "current").exists()
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    assert not set(TABLES) & set(different_tables(place.current, undisturbed.current))
