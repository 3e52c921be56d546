"""Work in processes of their own, for what keeps an interpreter to itself; they end with the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from ingest.errors import PipelineError

PROCESSES_MAX = 8  # each takes some 0.2 GB
Task = TypeVar("Task")
Result = TypeVar("Result")


def spread(
    work: Callable[[Task], Result], tasks: Iterable[Task], prepare: Callable[[], None] | None = None, chunk: int = 1
) -> Iterator[Result]:
    """`work` done on every task, in order, by as many processes as there are processors; each begins with `prepare`.

    Both must be picklable. PipelineError when a process was killed, as happens where memory runs out.
    """
    context = multiprocessing.get_context("spawn")  # a fork would copy the locks of Dagster's threads
    count = min(len(os.sched_getaffinity(0)), PROCESSES_MAX)
    try:
        with ProcessPoolExecutor(count, context, _begin, (prepare,)) as pool:
            yield from pool.map(work, tasks, chunksize=chunk)
    except BrokenProcessPool as error:
        raise PipelineError(
            "A process that reads or writes workbooks was killed: is there enough memory? Run it again."
        ) from error


def _begin(prepare: Callable[[], None] | None) -> None:
    _end_with_parent()
    if prepare:
        prepare()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
