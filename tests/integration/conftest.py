"""Runs of the real commands, in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from filelock import FileLock

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


def once_for_all(tmp_path_factory: pytest.TempPathFactory, name: str, lay_down: Callable[[Path], None]) -> Path:
    """A folder that whichever process of the tests comes first lays down for all of them."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, unfinished = base / name, base / f"{name}.unfinished"
    with FileLock(base / f"{name}.lock"):
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)  # of one that failed
            lay_down(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def small_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two collections of a made-up city, as real ones arrive."""

    def lay_down(folder: Path) -> None:
        lay_out(build_city(21, 0.002, ["2019-09", "2020-09"]), folder, "faulty")

    return once_for_all(tmp_path_factory, "small", lay_down)


@pytest.fixture(scope="session")
def released(small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The same city, refreshed once, for tests that only look at its release."""

    def lay_down(folder: Path) -> None:
        place = Workplace(folder)
        shutil.copytree(small_landing, place.landing)
        done = place.refresh()
        assert done.returncode == 0, done.stderr
        assert "发布位置" in done.stdout and "拒收" in done.stdout and "未归位：" in done.stdout

    return Workplace(once_for_all(tmp_path_factory, "released", lay_down))
