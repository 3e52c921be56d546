"""Work in processes of their own: for what keeps an interpreter to itself, and for what may take a process down with it.

What becomes of one task - an exception of any kind, an abort, a hang, memory without end - happens to that task alone.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import pyarrow as pa

from ingest.errors import PipelineError
from ingest.stopping import end_with_parent

WORKERS_MAX = 8  # each takes some 0.2 GB
LOOK_EVERY_S = 0.1
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """What one stage of a task may take: seconds of processor, and bytes of memory beyond what the process held before."""

    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Failure:
    """Why a task has no result, and which stage (`at`) it had come to, where it said so.

    `detail` names the exception or the signal: never more, for what an exception says may be somebody's data.
    """

    cause: Literal["raised", "died", "out_of_time", "out_of_memory"]
    detail: str
    at: Any = None


@dataclass(frozen=True)
class Done(Generic[Task, Result]):
    """A task with what came of it: a result, or a failure."""

    task: Task
    result: Result | None = None
    failure: Failure | None = None


class Workers:
    """As many processes as there are processors, at the most `most`, each beginning with `prepare` (picklable); a context manager.

    They start as there is work for them, or ahead of it by `start`. Stages that tasks name with `stage` are held to `limits`,
    where the system has /proc to look at, and every task to `deadline`, where one is set (seconds of time.monotonic).
    """

    deadline: float | None = None

    def __init__(
        self, prepare: Callable[[], None] | None = None, limits: Limits | None = None, most: int = WORKERS_MAX
    ):
        self.count = min(len(os.sched_getaffinity(0)), most)
        self._prepare, self._limits = prepare, limits
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, _Worker] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._idle:
            worker.dismiss()
        for worker in self._busy.values():
            worker.kill()

    def start(self, count: int | None = None) -> None:
        """Starts processes, so that they are ready when the first task arrives."""
        for _ in range(len(self._idle) + len(self._busy), min(count or self.count, self.count)):
            self._idle.append(_Worker(self._prepare))

    def spread(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Done[Task, Result]]:
        """`work` (picklable) done on every task, as each is done; tasks are taken as they are needed, so that they never gather.

        A PipelineError or OSError is nobody's task's: it is raised here.
        """
        give_back_memory()  # this process has little to do meanwhile
        waiting = iter(tasks)
        while True:
            while len(self._busy) < self.count and (task := next(waiting, _NONE)) is not _NONE:
                self._give(work, task)
            if not self._busy:
                return
            for connection in wait(list(self._busy), LOOK_EVERY_S):
                yield from self._listen(self._busy[connection])  # type: ignore[index]
            yield from self._hold_to_limits()

    def _give(self, work: Callable[[Task], Result], task: Task) -> None:
        worker = self._idle.pop() if self._idle else _Worker(self._prepare)
        self._busy[worker.connection] = worker
        worker.give(work, task)

    def _listen(self, worker: _Worker) -> Iterator[Done[Any, Any]]:
        """What a worker has to say: that it has come to a stage, or what became of its task; nothing when it has died."""
        try:
            kind, value = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            yield self._lost(worker, *worker.end())
            return
        if kind == "at":
            worker.enters(value)
            return
        del self._busy[worker.connection]
        self._idle.append(worker)
        if kind == "error":
            raise value
        yield (
            Done(worker.task, value) if kind == "result" else Done(worker.task, failure=worker.failed("raised", value))
        )

    def _hold_to_limits(self) -> Iterator[Done[Any, Any]]:
        for worker in list(self._busy.values()):
            if cause := self._beyond(worker):
                worker.kill()
                yield self._lost(worker, cause, "")

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def _beyond(self, worker: _Worker) -> str | None:
        if self.is_late:
            return "out_of_time"
        return worker.beyond(self._limits) if self._limits else None

    def _lost(self, worker: _Worker, cause: Any, detail: str) -> Done[Any, Any]:
        del self._busy[worker.connection]
        return Done(worker.task, failure=worker.failed(cause, detail))


_NONE: Any = object()


@dataclass
class _Worker:
    """A process and what it is at, as seen from the one that gives out the work."""

    prepare: Callable[[], None] | None
    connection: Connection = field(init=False)
    process: BaseProcess = field(init=False)
    task: Any = None
    stage: Any = None
    before: _Usage | None = None

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the locks of Dagster's threads
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, self.prepare), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, work: Callable[..., object], task: object) -> None:
        self.task, self.stage, self.before = task, None, None
        with suppress(BrokenPipeError, ConnectionResetError):  # that it has died is noticed when it is listened to
            self.connection.send((work, task))

    def enters(self, stage: object) -> None:
        self.stage = stage
        self.before = None if stage is None else _usage(self.process.pid)

    def beyond(self, limits: Limits) -> str | None:
        """Which limit the present stage has passed; None for none."""
        now = _usage(self.process.pid) if self.before else None
        if not (now and self.before):
            return None
        if now.cpu_seconds - self.before.cpu_seconds > limits.cpu_seconds:
            return "out_of_time"
        return "out_of_memory" if now.memory_bytes - self.before.memory_bytes > limits.memory_bytes else None

    def failed(self, cause: Any, detail: str) -> Failure:
        return Failure(cause, detail, self.stage)

    def end(self) -> tuple[str, str]:
        """How the process ended."""
        self.process.join()
        code = self.process.exitcode or 0
        return "died", signal.Signals(-code).name if code < 0 else f"exit {code}"

    def dismiss(self) -> None:
        self.connection.close()
        self.process.join()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@dataclass(frozen=True)
class _Usage:
    cpu_seconds: float
    memory_bytes: int


def _usage(pid: int | None) -> _Usage | None:
    """What a process has used until now and holds; None where the system has no /proc, or the process is gone."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        resident_pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return None
    return _Usage((int(times[11]) + int(times[12])) / TICKS_PER_S, int(resident_pages) * PAGE_BYTES)


# -- in a worker
_parent: Connection | None = None


@contextmanager
def stage(name: object) -> Iterator[None]:
    """Says what a worker is at for as long as the context lasts: a failure in it names it, and limits hold for it."""
    _tell(name)
    yield
    _tell(None)


def _tell(name: object) -> None:
    if _parent:
        _parent.send(("at", name))


def _serve(connection: Connection, prepare: Callable[[], None] | None) -> None:
    global _parent
    _parent = connection
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that gives out the work
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # where Rust code prints its panics
    _end_with_parent()
    if prepare:
        prepare()
    while True:
        try:
            work, task = connection.recv()
        except EOFError:
            return
        connection.send(_outcome(work, task))
        give_back_memory()


def _outcome(work: Callable[[Any], object], task: object) -> tuple[str, object]:
    try:
        return "result", work(task)
    except (PipelineError, OSError) as error:
        return "error", error
    except BaseException as error:  # a panic of Rust code is no Exception
        return "raised", type(error).__name__


def give_back_memory() -> None:
    """Returns to the system what allocators keep for later: after many workbooks a fourth of a process."""
    pa.default_memory_pool().release_unused()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # of glibc; other C libraries have none
        trim(0)


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever, or go on with a document that never ends."""
    end_with_parent()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
