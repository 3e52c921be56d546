"""One made-up city a messiness: laid out, refreshed by the real pipeline in a process of its own, and open for comparison."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingest.sample import City, Expected, build_city, lay_out
from ingest.sample.landing import Messiness
from tests.golden.oracle import Oracle, Seeds

ROOT = Path(__file__).parents[2]
SEEDS = Seeds(ROOT / "dbt_project" / "seeds")
SCALE = 0.003
CASES: dict[Messiness, tuple[int, date]] = {
    "clean": (11, date(2023, 3, 31)),
    "national": (14, date(2023, 3, 31)),
    "messy": (12, date(2023, 1, 20)),
    "faulty": (13, date(2023, 3, 31)),
}


@dataclass
class World:
    """A city, what was laid down, the answers, and the release that the pipeline made of it."""

    messiness: str
    city: City
    laid_out: Expected
    oracle: Oracle
    release: Path

    def table(self, name: str) -> pd.DataFrame:
        """A table of the release."""
        with duckdb.connect(str(self.release / "warehouse.duckdb"), read_only=True) as db:
            return db.sql(f"select * from {name}").df()


def refresh(landing: Path, data: Path, today: date, **changes: str) -> Path:
    """Runs the pipeline; the release it published."""
    env = (
        os.environ
        | {
            "EDU_LANDING_URL": str(landing),
            "EDU_DATA_DIR": str(data),
            "EDU_PSEUDONYM_KEY": "5a" * 32,
            "EDU_TODAY": today.isoformat(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        | changes
    )
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.refresh"], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, f"the refresh failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return data / "published" / "current"


def make_world(messiness: Messiness, folder: Path) -> World:
    """Lays out a city in a folder and refreshes it."""
    seed, today = CASES[messiness]
    city = build_city(seed, SCALE)
    laid_out = lay_out(city, folder / "landing", messiness)
    oracle = Oracle(laid_out.truth, laid_out.received, laid_out.mentioned, SEEDS, today)
    return World(messiness, city, laid_out, oracle, refresh(folder / "landing", folder / "data", today))


@pytest.fixture(scope="session", params=list(CASES))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(request.param, tmp_path_factory.mktemp(request.param))
