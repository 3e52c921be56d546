"""Work in processes of their own, for what keeps an interpreter to itself; they end with the process that started them."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TypeVar

import pyarrow as pa

from ingest.errors import PipelineError

PROCESSES_MAX = 8  # each takes some 0.2 GB
TASKS_AHEAD = 4  # of each process, so that the next one is there
Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """As many processes as there are processors, each beginning with `prepare` (picklable); a context manager.

    They start with the first work, or while something else is done, by `start`.
    """

    def __init__(self, prepare: Callable[[], None] | None = None):
        context = multiprocessing.get_context("spawn")  # a fork would copy the locks of Dagster's threads
        self.count = min(len(os.sched_getaffinity(0)), PROCESSES_MAX)
        self._pool = ProcessPoolExecutor(self.count, context, _begin, (prepare,))

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def start(self) -> None:
        """Starts the processes; they are there when the first work comes."""
        for _ in range(self.count):
            self._pool.submit(os.getpid)

    def spread(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """`work` (picklable) done on every task, as each is done; tasks are taken as they are needed, so that they never gather.

        PipelineError when a process was killed, as happens where memory runs out.
        """
        _give_back_memory()  # this process has little to do meanwhile
        tidily = partial(_tidily, work)
        ahead: set[Future[Result]] = set()
        try:
            for task in tasks:
                ahead.add(self._pool.submit(tidily, task))
                if len(ahead) == TASKS_AHEAD * self.count:
                    done, ahead = wait(ahead, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            yield from (future.result() for future in as_completed(ahead))
        except BrokenProcessPool as error:
            raise PipelineError(
                "A process that reads or writes workbooks was killed: is there enough memory? Run it again."
            ) from error


def _begin(prepare: Callable[[], None] | None) -> None:
    _end_with_parent()
    if prepare:
        prepare()


def _tidily(work: Callable[[Task], Result], task: Task) -> Result:
    try:
        return work(task)
    finally:
        _give_back_memory()


def _give_back_memory() -> None:
    """Returns to the system what allocators keep for later: after many workbooks a fourth of a process."""
    pa.default_memory_pool().release_unused()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # of glibc; other C libraries have none
        trim(0)


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
