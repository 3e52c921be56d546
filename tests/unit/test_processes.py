"""Work in processes of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

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


def test_a_killed_process_is_one_clear_sentence() -> None:
    with Workers() as workers, pytest.raises(PipelineError, match="enough memory"):
        list(workers.spread(os._exit, [1]))
