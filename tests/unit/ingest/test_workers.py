"""Work in processes of their own."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from ingest.errors import ConfigurationError
from ingest.workers import Limits, Workers, stage

USED_MB = 100
STAYING: list[bytes] = []


def test_every_result_comes_and_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(500):
            taken.append(number)
            yield -number

    with Workers() as workers:
        done = workers.spread(abs, tasks())
        first = next(done)
        assert len(taken) <= 2 * workers.count
        assert sorted(each.result for each in [first, *done]) == list(range(500))  # type: ignore[type-var]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="takes two processors")
def test_what_takes_long_holds_nothing_up(tmp_path: Path) -> None:
    late = tmp_path / "late"
    with Workers(most=2) as workers:
        soon = [tmp_path] * 10
        done = workers.spread(_once_there, [late, *soon])
        assert [each.result for each in islice(done, len(soon))] == soon
        late.touch()
        assert [each.result for each in done] == [late]


def _once_there(path: Path) -> Path:
    deadline_s = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline_s, f"{path.name} never came"
        time.sleep(0.01)
    return path


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="of glibc's allocator")
def test_memory_around_what_stays_goes_back() -> None:
    with Workers(most=1) as workers:
        first, second = workers.spread(_use_memory, [USED_MB, USED_MB])
    assert first.result and second.result
    assert first.result[0] == second.result[0], "one process"
    assert second.result[1] - first.result[1] < USED_MB / 2


def _use_memory(used_mb: int) -> tuple[int, float]:
    """This process, and what it held (MB) before it used memory of which little stays, scattered over all of it."""
    held_mb = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 10**6
    STAYING.extend([bytes(1000) for _ in range(used_mb * 1000)][::100])
    return os.getpid(), held_mb


def _misbehave(how: str) -> str:
    with stage(f"at {how}"):
        if how == "abort":
            os.abort()
        elif how == "panic":
            raise _Panic("of Rust code")
        elif how == "leave":
            os._exit(3)
        elif how == "loop":
            while True:
                pass
        elif how == "swallow":
            held = []
            while True:
                held.append(b"x" * 10_000_000)
    return how


class _Panic(BaseException):
    """As pyo3 raises them."""


@pytest.mark.parametrize(
    ("how", "cause", "detail"),
    [
        ("abort", "died", "SIGABRT"),
        ("panic", "raised", "_Panic"),
        ("leave", "died", "exit 3"),
        ("loop", "out_of_time", ""),
        ("swallow", "out_of_memory", ""),
    ],
)
def test_what_becomes_of_one_task_happens_to_it_alone(how: str, cause: str, detail: str) -> None:
    tasks = ["good", how, "fine", "well"]
    with Workers(limits=Limits(cpu_seconds=1, memory_bytes=300 << 20)) as workers:
        done = {each.task: each for each in workers.spread(_misbehave, tasks)}
    assert [done[task].result for task in tasks] == ["good", None, "fine", "well"]
    failure = done[how].failure
    assert failure and (failure.cause, failure.detail, failure.at) == (cause, detail, f"at {how}")


def test_a_failure_outside_a_stage_names_none() -> None:
    with Workers(most=1) as workers:
        (done,) = workers.spread(os._exit, [1])
    assert done.failure and done.failure.at is None


def test_what_is_no_fault_of_the_task_is_raised() -> None:
    with Workers(most=1) as workers, pytest.raises(ConfigurationError, match="no such setting"):
        list(workers.spread(_misconfigured, ["task"]))


def _misconfigured(_: str) -> None:
    raise ConfigurationError("no such setting")


def test_processes_end_with_the_work() -> None:
    with Workers(most=1) as workers:
        (done,) = workers.spread(_process, [None])
    with pytest.raises(ProcessLookupError):
        os.kill(done.result or 0, 0)


def _process(_: None) -> int:
    return os.getpid()


def test_no_task_goes_on_after_the_deadline() -> None:
    with Workers(most=1) as workers:
        workers.deadline = time.monotonic() + 0.2
        (done,) = workers.spread(_misbehave, ["loop"])
        assert done.failure and done.failure.cause == "out_of_time" and workers.is_late
        workers.deadline = None
        (done,) = workers.spread(_misbehave, ["good"])
        assert done.result == "good"
