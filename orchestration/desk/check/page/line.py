"""The line before the processes that check: as many people at once as there are processors, the others in the order of their coming."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from ingest.settings import Settings
from ingest.workers import Workers
from orchestration.desk.check.check import checkers

SECONDS_MAX = 60
WAITING_MAX = 60
SLOTS_MAX = 4
Result = TypeVar("Result")
Tell = Callable[[int], None]
"""Is told one's place in the line, from 1, whenever that changes."""


class FullError(Exception):
    """Too many are waiting already."""


class Line:
    """Gives out turns; an asynchronous context manager."""

    def __init__(self, settings: Settings):
        self.slots = min(len(os.sched_getaffinity(0)), SLOTS_MAX)
        self._workers = [checkers(settings, most=1) for _ in range(self.slots)]
        self._threads = ThreadPoolExecutor(self.slots, thread_name_prefix="check")
        self._free: asyncio.Queue[Workers] = asyncio.Queue()
        self._waiting: list[Tell] = []

    async def __aenter__(self) -> Line:
        for workers in self._workers:
            await asyncio.get_running_loop().run_in_executor(self._threads, workers.start)
            self._free.put_nowait(workers)
        return self

    async def __aexit__(self, *error: object) -> None:
        for workers in self._workers:
            workers.deadline = time.monotonic()  # whatever is going on ends now
        self._threads.shutdown(cancel_futures=True)
        for workers in self._workers:
            workers.__exit__(*error)

    async def turn(self, work: Callable[[Workers], Result], tell: Tell) -> Result:
        """Does `work` in a thread, with a process to check in, once its turn has come; FullError when too many wait already.

        Tasks in that process end after SECONDS_MAX; its owner may leave the line by cancelling.
        """
        async with self._turn(tell) as workers:
            workers.deadline = time.monotonic() + SECONDS_MAX
            running = asyncio.get_running_loop().run_in_executor(self._threads, work, workers)
            try:
                return await asyncio.shield(running)
            finally:
                await asyncio.wait([running])  # who leaves meanwhile leaves the work to its end

    @asynccontextmanager
    async def _turn(self, tell: Tell) -> AsyncIterator[Workers]:
        if len(self._waiting) >= WAITING_MAX:
            raise FullError
        self._waiting.append(tell)
        try:
            if self._free.empty():
                self._tell_all()
            workers = await self._free.get()
        finally:
            self._waiting.remove(tell)
            self._tell_all()
        try:
            yield workers
        finally:
            self._free.put_nowait(workers)

    def _tell_all(self) -> None:
        for place, tell in enumerate(self._waiting, start=1):
            tell(place)
