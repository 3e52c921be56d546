"""Measuring whole commands: each in a process of its own, several times, with medians to quote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from ingest.settings import PROJECT_DIR

MEASURED = Path(__file__).with_name("measured.py")
LOG_CHARACTERS = 3000
KEY = "5a" * 32
TODAY = "2023-03-31"


@dataclass(frozen=True)
class Taken:
    """What a command took: seconds, and resident memory of its largest process and of all of them at once."""

    wall_s: float
    cpu_s: float
    largest_process_mb: float
    tree_mb: float


def measure(command: Sequence[str | Path], environment: Mapping[str, str]) -> Taken:
    """Runs a command of this environment's Python and says what it took; SystemExit with its output when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        taken, log = Path(folder, "taken.json"), Path(folder, "log.txt")
        with log.open("w", encoding="utf-8") as target:
            done = subprocess.run(
                [sys.executable, MEASURED, taken, *command],
                cwd=PROJECT_DIR,
                env=os.environ | environment,
                stdout=target,
                stderr=subprocess.STDOUT,
            )
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{log.read_text(encoding='utf-8')[-LOG_CHARACTERS:]}")
        return Taken(**json.loads(taken.read_text()))


def medians(runs: Sequence[Taken]) -> Taken:
    """Each figure's median."""
    return Taken(*(median(figures) for figures in zip(*map(astuple, runs), strict=True)))


def python(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, *arguments]


REFRESH = python("-m", "orchestration.refresh")


def environment_of(landing: Path, data: Path) -> dict[str, str]:
    """The environment of a refresh of a landing zone into a data folder."""
    return {
        "EDU_LANDING_URL": str(landing),
        "EDU_DATA_DIR": str(data),
        "EDU_PSEUDONYM_KEY": KEY,
        "EDU_TODAY": TODAY,
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
