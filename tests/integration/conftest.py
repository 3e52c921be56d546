"""Runs of the real commands, in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingest.sample import build_city, lay_out
from ingest.settings import PROJECT_DIR

KEY = "5a" * 32
TODAY = "2023-03-31"


@dataclass
class Workplace:
    """A landing zone, a data folder, and the environment of the commands."""

    root: Path
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "EDU_LANDING_URL": str(self.landing),
            "EDU_DATA_DIR": str(self.data),
            "EDU_PSEUDONYM_KEY": KEY,
            "EDU_TODAY": TODAY,
        }
        return os.environ | own | self.changes

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "orchestration.refresh", *arguments],
            cwd=PROJECT_DIR,
            env=self.environment | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def refresh(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **changes)
        out, err = process.communicate(timeout=600)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    @property
    def current(self) -> Path:
        return (self.data / "published" / "current").resolve()

    def query(self, sql: str) -> pd.DataFrame:
        with duckdb.connect(str(self.current / "warehouse.duckdb"), read_only=True) as db:
            return db.sql(sql).df()


@pytest.fixture(scope="session")
def small_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up city as real ones arrive, one collection, laid down once."""
    folder = tmp_path_factory.mktemp("small") / "landing"
    lay_out(build_city(21, 0.002, ["2019-09", "2020-09"]), folder, "faulty")
    return folder


@pytest.fixture(scope="session")
def released(small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The same city, refreshed once, for tests that only look at its release."""
    place = Workplace(tmp_path_factory.mktemp("released"))
    shutil.copytree(small_landing, place.landing)
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    return place
