"""A refresh that is killed leaves the last release as it was, and nothing that the next one does not mend."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.conftest import Workplace

PUBLISHED = "已发布"
LATE = "2020-09/331002/迟到.pdf"
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
    found, expected = contents(place), contents(undisturbed)
    for table in TABLES:
        pd.testing.assert_frame_equal(found[table], expected[table])
    assert feedback(place) == feedback(undisturbed)
