"""Work in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ingest.errors import PipelineError
from ingest.processes import TASKS_AHEAD, Workers


def test_results_come_in_order_and_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(500):
            taken.append(number)
            yield -number

    with Workers() as workers:
        results = workers.spread(abs, tasks())
        assert next(results) == 0
        assert len(taken) == TASKS_AHEAD * workers.count + 1
        assert list(results) == list(range(1, 500))


def test_a_killed_process_is_one_clear_sentence() -> None:
    with Workers() as workers, pytest.raises(PipelineError, match="enough memory"):
        list(workers.spread(os._exit, [1]))
