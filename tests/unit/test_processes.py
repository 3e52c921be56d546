"""Work in processes of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from ingest.errors import PipelineError
from ingest.processes import TASKS_AHEAD, Workers


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
def test_what_takes_long_holds_nothing_up() -> None:
    with Workers() as workers:
        *others, last = workers.spread(_after, [1.0, *[0.0] * (2 * TASKS_AHEAD * workers.count)])
    assert (last, set(others)) == (1.0, {0.0})


def _after(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_a_killed_process_is_one_clear_sentence() -> None:
    with Workers() as workers, pytest.raises(PipelineError, match="enough memory"):
        list(workers.spread(os._exit, [1]))
