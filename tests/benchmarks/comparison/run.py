"""Runs every contender on the same landing zone, in turns, and says what each took and whether all came to the same answers.

    .venv-comparison/bin/python tests/benchmarks/comparison/run.py --landing DIR

Exit status 1 when a contender fails or gives another answer than the others.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import answers
import task

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[2]
PROJECT = (str(REPO / ".venv" / "bin" / "python"), "-m", "orchestration.refresh")
REGISTER_ZH = "学校名录"  # without it the project knows no school, and accepts no pupil
FLOOR = "bare reader"
OUT = "out"


@dataclass(frozen=True)
class Contender:
    """A command that leaves its answers in a folder; `{landing}` and `{out}` are filled in.

    The project takes its landing zone from the environment; with `forms` it gets one that has these alone.
    """

    name: str
    does: str
    command: tuple[str, ...]
    answers: Callable[[Path], answers.Answers] | None  # None: it has none to give
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """What one run took, as `measured.py` writes it."""

    wall_s: float
    cpu_s: float
    largest_process_mb: float
    tree_mb: float


def _script(name: str, *more: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / name), "--landing", "{landing}", *more)


WITH_OUT = ("--out", "{out}")
CONTENDERS = [
    Contender(FLOOR, "cells to Arrow, nothing else", _script("bare_reader.py"), None),
    Contender("pandas + openpyxl", "the task", _script("pandas_openpyxl.py", *WITH_OUT), answers.of_parquet),
    Contender(
        "pandas + calamine",
        "the task",
        _script("pandas_openpyxl.py", *WITH_OUT, "--engine", "calamine"),
        answers.of_parquet,
    ),
    Contender(
        "dlt + dbt",
        "the task",
        _script("dlt_dbt/run_pipeline.py", *WITH_OUT),
        partial(answers.of_schema, schema="main"),
    ),
    Contender(
        "SQLMesh",
        "the task",
        _script("sqlmesh_project/run_pipeline.py", *WITH_OUT),
        partial(answers.of_schema, schema="warehouse"),
    ),
    Contender(
        "this project, rosters alone",
        "the task, and of 122 targets what rosters give, archive, feedback, release",
        PROJECT,
        answers.of_project,
        forms=(task.FORM_ZH, REGISTER_ZH),
    ),
    Contender(
        "this project, everything",
        "all 16 forms, all 122 targets, archive, feedback, release",
        PROJECT,
        answers.of_project,
    ),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landing", type=Path, required=True, help="a clean landing zone, laid down by ingest.sample")
    parser.add_argument("--runs", type=int, default=3, help="of each contender (default 3); the table has medians")
    parser.add_argument("--only", action="append", choices=[c.name for c in CONTENDERS], help="may be given again")
    parser.add_argument("--json", type=Path, help="every run, for further work")
    options = parser.parse_args()
    contenders = [c for c in CONTENDERS if is_present(c) and c.name in (options.only or [c.name])]
    with tempfile.TemporaryDirectory(prefix="comparison-") as work:
        runs = take_turns(contenders, options.landing.resolve(), Path(work), options.runs)
        given = {c.name: c.answers(Path(work, c.name, OUT)) for c in contenders if c.answers}
    print(markdown(contenders, runs))
    if options.json:
        options.json.write_text(json.dumps({n: [asdict(r) for r in taken] for n, taken in runs.items()}, indent=2))
    differing = answers.differences(given)
    print("\n" + ("\n".join(differing) or summary(given)))
    return 1 if differing else 0


def is_present(contender: Contender) -> bool:
    if contender.name == FLOOR:
        return importlib.util.find_spec("fastexcel") is not None
    return Path(contender.command[0]).exists()


# -- measuring
def take_turns(contenders: list[Contender], landing: Path, work: Path, count: int) -> dict[str, list[Run]]:
    """A B C, A B C, …, so that a busy minute of the machine is not one contender's alone."""
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    environment = clean_environment(work)
    for number in range(1, count + 1):
        for contender in contenders:
            zone = with_forms(landing, contender.forms, work / "landing") if contender.forms else landing
            taken = measure(contender, zone, work / contender.name, environment)
            runs[contender.name].append(taken)
            print(f"{number}/{count} {contender.name}: {taken.wall_s:.2f} s", file=sys.stderr)
    return runs


def with_forms(landing: Path, forms: tuple[str, ...], zone: Path) -> Path:
    """A landing zone with the documents of some forms; made once."""
    for path in landing.glob("*/*/*.xlsx"):
        target = zone / path.relative_to(landing)
        if path.stem in forms and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    return zone


def clean_environment(work: Path) -> dict[str, str]:
    """One key for all, nobody phones home, and none of the user's own settings of the project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDU_")}
    return kept | {
        "EDU_PSEUDONYM_KEY": secrets.token_hex(32),
        "EDU_TODAY": "2023-03-31",
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
        "SQLMESH_HOME": str(work / "sqlmesh"),
        "PYTHONUTF8": "1",
    }


def measure(contender: Contender, landing: Path, folder: Path, environment: dict[str, str]) -> Run:
    """Runs it from nothing: what dbt and SQLMesh keep of a parsed project lies in the output folder too."""
    out = folder / OUT
    shutil.rmtree(out, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    command = [part.format(landing=landing, out=out) for part in contender.command]
    log, taken = folder / "log.txt", folder / "taken.json"
    with log.open("w") as target:
        done = subprocess.run(
            [sys.executable, str(HERE.parent / "measured.py"), str(taken), *command],
            cwd=REPO,
            env=environment | {"EDU_LANDING_URL": str(landing), "EDU_DATA_DIR": str(out)},
            stdout=target,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        sys.exit(f"{contender.name} failed:\n{log.read_text()[-3000:]}")
    return Run(**json.loads(taken.read_text()))


# -- telling
def markdown(contenders: list[Contender], runs: dict[str, list[Run]]) -> str:
    medians = {
        name: Run(*(median(figures) for figures in zip(*(asdict(run).values() for run in taken), strict=True)))
        for name, taken in runs.items()
    }
    floor = medians.get(FLOOR)
    lines = [
        "| contender | does | wall, s | CPU, s | all processes, MB | wall ÷ floor | CPU ÷ floor |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for contender in contenders:
        taken = medians[contender.name]
        ratios = f"{taken.wall_s / floor.wall_s:.1f} | {taken.cpu_s / floor.cpu_s:.1f}" if floor else "– | –"
        lines.append(
            f"| {contender.name} | {contender.does} | {taken.wall_s:.2f} | {taken.cpu_s:.2f} | {taken.tree_mb:.0f} | {ratios} |"
        )
    return "\n".join(lines)


def summary(given: dict[str, answers.Answers]) -> str:
    """What all came to."""
    if not given:
        return "No answers to compare."
    first = next(iter(given.values()))
    pupils, set_aside = (sum(row[-1] for row in first[name]) for name in ("pupils accepted", "rows set aside"))
    return (
        f"Equal answers of {', '.join(given)}: {pupils} pupils accepted, {set_aside} rows set aside, "
        f"{sum(row[-1] for row in first['faults'])} faults, {len(first['metrics'])} metric values."
    )


if __name__ == "__main__":
    sys.exit(main())
