"""`make soak`: a refresh killed at random moments, a hundred times over, and at last a release as if nothing had been."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

from tests.integration.conftest import Workplace
from tests.integration.test_interruptions import TABLES, feedback
from tests.releases import different_tables

KILLS = 100
LONGEST_SECONDS = 40.0


def test_a_hundred_kills_leave_nothing_behind(small_landing: Path, tmp_path: Path) -> None:
    undisturbed, place = Workplace(tmp_path / "undisturbed"), Workplace(tmp_path / "killed")
    for each in (undisturbed, place):
        shutil.copytree(small_landing, each.landing)
    assert undisturbed.refresh().returncode == 0
    moments = random.Random(0)
    for number in range(KILLS):
        process = place.start("--everything") if number % 2 else place.start()
        time.sleep(moments.uniform(0.1, LONGEST_SECONDS))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    done = place.refresh("--everything")
    assert done.returncode == 0, done.stderr
    assert not set(TABLES) & set(different_tables(place.current, undisturbed.current))
    assert feedback(place) == feedback(undisturbed)
