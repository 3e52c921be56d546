"""The line before the processes that check."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from ingest.settings import Settings
from ingest.workers import Workers
from orchestration.desk.check.page import line as module
from orchestration.desk.check.page.line import SECONDS_MAX, FullError, Line

Tell = Callable[[int], None]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A line before one process."""
    monkeypatch.setattr(module, "SLOTS_MAX", 1)
    monkeypatch.setattr(module, "checkers", lambda _, most: Workers(most=most))
    return Line(Settings("", tmp_path, date(2021, 1, 1)))


def nothing(_: int) -> None:
    """Whoever does not want to know."""


def test_turns_come_in_order_and_those_who_wait_are_told_their_place(line: Line) -> None:
    done: list[str] = []
    told: list[tuple[str, int]] = []
    first_may_end = threading.Event()

    def work(name: str, _: Workers) -> None:
        done.append(name)

    def tell(name: str, place: int) -> None:
        told.append((name, place))

    async def scene() -> None:
        async with line:
            first = asyncio.create_task(line.turn(lambda _: first_may_end.wait(30), nothing))
            await asyncio.sleep(0)
            others = [asyncio.create_task(line.turn(partial(work, name), partial(tell, name))) for name in "abc"]
            await asyncio.sleep(0)
            first_may_end.set()
            await asyncio.gather(first, *others)

    asyncio.run(scene())
    assert done == ["a", "b", "c"]
    assert [place for name, place in told if name == "c"][:1] == [3] and ("c", 1) in told


def test_each_turn_has_a_deadline_of_its_own_and_a_process_that_stays(line: Line) -> None:
    async def scene() -> list[tuple[float, int]]:
        async with line:
            return [await line.turn(used, nothing) for _ in range(2)]

    def used(workers: Workers) -> tuple[float, int]:
        (done,) = workers.spread(_process, [None])
        assert workers.deadline and done.result
        return workers.deadline - time.monotonic(), done.result

    (first_s, first), (second_s, second) = asyncio.run(scene())
    assert first == second != os.getpid()
    assert SECONDS_MAX - 30 < first_s <= SECONDS_MAX and SECONDS_MAX - 30 < second_s <= SECONDS_MAX


def _process(_: None) -> int:
    return os.getpid()


def test_too_many_are_sent_away_and_who_leaves_makes_room(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 1)
    may_end = threading.Event()
    done: list[str] = []

    async def scene() -> None:
        async with line:
            first = asyncio.create_task(line.turn(lambda _: may_end.wait(30), nothing))
            await asyncio.sleep(0)
            waiting = asyncio.create_task(line.turn(lambda _: done.append("left"), nothing))
            await asyncio.sleep(0)
            with pytest.raises(FullError):
                await line.turn(lambda _: done.append("sent away"), nothing)
            waiting.cancel()
            await asyncio.wait([waiting])
            last = asyncio.create_task(line.turn(lambda _: done.append("stayed"), nothing))
            await asyncio.sleep(0)
            may_end.set()
            await asyncio.gather(first, last)

    asyncio.run(scene())
    assert done == ["stayed"]


def test_work_that_fails_gives_its_place_back(line: Line) -> None:
    def fails(_: Workers) -> None:
        raise ValueError("no")

    async def scene() -> str:
        async with line:
            with pytest.raises(ValueError, match="no"):
                await line.turn(fails, nothing)
            return await line.turn(lambda _: "well", nothing)

    assert asyncio.run(scene()) == "well"
