"""Which runs are alive: each holds a lock while it runs, which ends with its process, also when that is killed.

A killed process cannot say that its run has ended. Dagster would go on showing it, and hold its place in the writer's pool.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

RUN_LOCKS_DIR = "living"
ABANDONED_MESSAGE = (
    "The run's process was killed or crashed: it ended without a word. Whatever it left half done, the next run mends."
)


@contextmanager
def alive(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Shows that a run is alive for as long as this lasts."""
    path = _living(instance) / run_id
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unlocked = path.with_name(f".{run_id}")
    lock = os.open(unlocked, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unlocked.rename(path)  # nobody sees it before it is locked
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


def fail_abandoned_runs(instance: dg.DagsterInstance) -> list[str]:
    """Marks as failed the runs of this machine whose process has gone without an end; their ids."""
    dead = [path for path in _living(instance).glob("[!.]*") if not _is_locked(path)]
    for path in dead:
        run = instance.get_run_by_id(path.name)
        if run and not run.is_finished:
            instance.report_run_failed(run, ABANDONED_MESSAGE)
        path.unlink(missing_ok=True)
    return [path.name for path in dead]


def _living(instance: dg.DagsterInstance) -> Path:
    return Path(instance.root_directory) / RUN_LOCKS_DIR


def _is_locked(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):  # it lives, or has just ended as it should
        return True
    return False
