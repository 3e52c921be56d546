"""One writer at a time, or readers of different partitions, in whichever processes; a lock goes with its process."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from ingest.settings import PROJECT_DIR, load_settings
from orchestration.runtime.locks import reading, writing

HOLD = """
import sys
from ingest.settings import load_settings
from orchestration.runtime.locks import reading, writing
settings = load_settings({"EDU_DATA_DIR": sys.argv[1]})
with reading(settings, [("2020-09", sys.argv[2])]) if sys.argv[2:] else writing(settings):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path, *unit: str) -> "subprocess.Popen[str]":
    """A process that holds the writer's lock, or a unit's partition."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), *unit],
        cwd=PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_process_that_has_it_goes_straight_on(tmp_path: Path) -> None:
    settings, told = load_settings({"EDU_DATA_DIR": str(tmp_path)}), list[str]()
    with writing(settings, told.append), writing(settings, told.append):
        pass
    with writing(settings, told.append):
        pass
    assert told == []


def told_while_waiting(first: "subprocess.Popen[str]", lock: Callable[..., AbstractContextManager[None]]) -> list[str]:
    """What `lock` says before it is there; the first process ends when it says something."""
    told: list[str] = []

    def report(text: str) -> None:
        told.append(text)
        assert first.stdin is not None
        first.stdin.close()

    with lock(report):
        if told:
            assert first.wait(timeout=10) == 0
    return told


def test_another_process_waits_and_says_so(tmp_path: Path) -> None:
    settings = load_settings({"EDU_DATA_DIR": str(tmp_path)})
    (told,) = told_while_waiting(holder(tmp_path), partial(writing, settings))
    assert "waiting" in told


@pytest.mark.parametrize(
    ("held", "wanted", "waits"),
    [
        (["331002"], ["331002"], True),
        (["331002"], ["331003"], False),
        (["331002"], ["331003", "331002"], True),
        (["331002"], [], True),
        ([], ["331002"], True),
    ],
)
def test_readers_wait_for_the_same_partition_and_for_the_writer_alone(
    tmp_path: Path, held: list[str], wanted: list[str], waits: bool
) -> None:
    """No units stand for the writer."""
    settings = load_settings({"EDU_DATA_DIR": str(tmp_path)})
    partitions = [("2020-09", unit) for unit in wanted]
    lock = partial(reading, settings, partitions) if partitions else partial(writing, settings)
    first = holder(tmp_path, *held)
    assert bool(told_while_waiting(first, lock)) == waits
    first.kill()
    first.wait(timeout=10)


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    first = holder(tmp_path)
    first.kill()
    first.wait(timeout=10)
    told: list[str] = []
    with writing(load_settings({"EDU_DATA_DIR": str(tmp_path)}), told.append):
        assert told == []
