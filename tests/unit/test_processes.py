"""Work in processes of their own."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from ingest.errors import PipelineError
from ingest.processes import TASKS_AHEAD, Workers

USED_MB = 100
STAYING: list[bytes] = []


def test_every_result_comes_and_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(500):
            taken.append(number)
            yield -number

    with Workers() as workers:
        results = workers.spread(abs, tasks())
        first = next(results)
        assert len(taken) == TASKS_AHEAD * workers.count
        assert sorted([first, *results]) == list(range(500))


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="takes two processors")
def test_what_takes_long_holds_nothing_up(tmp_path: Path) -> None:
    late = tmp_path / "late"
    with Workers() as workers:
        soon = [tmp_path] * (2 * TASKS_AHEAD * workers.count)
        results = workers.spread(_once_there, [late, *soon])
        assert list(islice(results, len(soon))) == soon
        late.touch()
        assert list(results) == [late]


def _once_there(path: Path) -> Path:
    deadline_s = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline_s, f"{path.name} never came"
        time.sleep(0.01)
    return path


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="of glibc's allocator")
def test_memory_around_what_stays_goes_back() -> None:
    with Workers() as workers:
        ((process, at_first_mb),) = workers.spread(_use_memory, [USED_MB])
        ((same_process, later_mb),) = workers.spread(_use_memory, [USED_MB])
    assert process == same_process
    assert later_mb - at_first_mb < USED_MB / 2


def _use_memory(used_mb: int) -> tuple[int, float]:
    """This process, and what it held (MB) before it used memory of which little stays, scattered over all of it."""
    held_mb = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 10**6
    STAYING.extend([bytes(1000) for _ in range(used_mb * 1000)][::100])
    return os.getpid(), held_mb


def test_a_killed_process_is_one_clear_sentence() -> None:
    with Workers() as workers, pytest.raises(PipelineError, match="enough memory"):
        list(workers.spread(os._exit, [1]))
