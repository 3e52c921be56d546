"""The landing sensor asks once for what is new and settled, whatever happens in between, and loses nothing."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest

from ingest.errors import LandingError
from ingest.landing.archive import Archive
from ingest.landing.arrive import take_in
from ingest.landing.ledger import Ledger
from ingest.landing.listing import LandingZone
from ingest.reference import Reference
from ingest.storage.folder import Folder
from orchestration.resources import PipelineResource
from orchestration.runtime.liveness import RUN_LOCKS_DIR
from orchestration.sensors import landing as landing_sensor
from orchestration.sensors.landing import PARTITIONS_TAG, Watch, build_landing_sensor

A_WHILE = timedelta(minutes=1)


@dg.op
def nothing() -> None:
    pass


@dg.job(name="refresh")
def refresh() -> None:
    nothing()


class World:
    """A landing zone, a clock, a Dagster instance, and the cursor that survives between the looks."""

    def __init__(self, root: Path, reference: Reference, instance: dg.DagsterInstance):
        self.landing, self.data = root / "landing", root / "data"
        self.landing.mkdir()
        self.reference, self.instance = reference, instance
        self.now = datetime(2020, 10, 1, tzinfo=UTC)
        self.cursor: str | None = None

    def put(self, path: str, data: bytes = b"x", time: int = 1_600_000_000) -> None:
        target = self.landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        os.utime(target, (time, time))

    def look(self) -> dg.SensorResult:
        """A tick of a process that was just started: nothing but the cursor is left of the one before."""
        self.now += A_WHILE
        overrides = {"EDU_LANDING_URL": str(self.landing), "EDU_DATA_DIR": str(self.data)}
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources={"pipeline": PipelineResource(overrides=overrides)},
        ) as context:
            result = build_landing_sensor(refresh, lambda: self.now)(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result

    def asked(self) -> list[str]:
        """The partitions that a look asks for."""
        return [request.tags[PARTITIONS_TAG] for request in self.look().run_requests or []]

    def take_in(self) -> None:
        """What a refresh does to the ledger."""
        zone = LandingZone(str(self.landing))
        with Ledger(self.data / "ledger.sqlite") as ledger:
            take_in(
                zone,
                zone.list().files,
                Archive(Folder(self.data / "archive")),
                ledger,
                self.reference,
                lambda _: None,
            )


@pytest.fixture
def world(tmp_path: Path, reference: Reference) -> Iterator[World]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(tmp_path, reference, instance)


def reason(result: dg.SensorResult) -> str:
    assert result.skip_reason and result.skip_reason.skip_message
    return result.skip_reason.skip_message


def test_an_empty_landing_zone_asks_for_nothing_and_says_so(world: World) -> None:
    assert reason(world.look()) == "Nothing new in the landing zone."


def test_a_new_file_is_asked_for_once_it_stays_the_same(world: World) -> None:
    world.put("2020-09/331002/a.xlsx")
    assert "1 new file(s) may still be written" in reason(world.look())
    assert world.asked() == ["2020-09|331002"]
    assert world.asked() == []


def test_what_was_taken_in_is_no_longer_new(world: World) -> None:
    world.put("2020-09/331002/a.xlsx")
    world.look()
    world.look()
    world.take_in()
    assert reason(world.look()) == "Nothing new in the landing zone."
    assert Watch.from_cursor(world.cursor).asked == frozenset()


def test_a_growing_file_is_waited_for_and_holds_up_no_other(world: World) -> None:
    world.put("2020-09/331003/b.xlsx")
    for size, asked in ((1, []), (2, ["2020-09|331003"])):
        world.put("2020-09/331002/a.xlsx", b"x" * size)
        assert world.asked() == asked
    world.take_in()
    world.put("2020-09/331002/a.xlsx", b"xxx")
    assert world.asked() == []
    assert world.asked() == ["2020-09|331002"]


def test_a_file_changed_under_the_same_name_and_size_is_new(world: World) -> None:
    world.put("2020-09/331002/a.xlsx", b"1")
    world.take_in()
    world.put("2020-09/331002/a.xlsx", b"2", time=1_600_000_001)
    world.look()
    assert world.asked() == ["2020-09|331002"]


def test_a_name_alone_is_not_new(world: World) -> None:
    world.put("2020-09/331002/a.xlsx")
    world.take_in()
    world.put("2020-09/331002/a.xlsx")
    assert reason(world.look()) == "Nothing new in the landing zone."


def test_files_taken_in_by_somebody_else_are_not_asked_for(world: World) -> None:
    world.put("2020-09/331002/a.xlsx")
    world.look()
    world.take_in()
    assert world.asked() == []


def test_one_run_for_all_partitions_that_are_concerned(world: World) -> None:
    for path in ("2020-09/331002/a.xlsx", "2020-09/331002/b.xlsx", "2019-09/331003/c.xlsx", "2020-09/999999/d.xlsx"):
        world.put(path)
    world.look()
    assert world.asked() == ["2019-09|331003, 2020-09|331002, unplaced"]


def test_droppings_are_passed_over(world: World) -> None:
    world.put("2020-09/331002/~$a.xlsx")
    world.put("2020-09/331002/.DS_Store")
    assert reason(world.look()) == "Nothing new in the landing zone."


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED])
def test_nothing_is_asked_for_while_a_refresh_is_under_way(world: World, status: dg.DagsterRunStatus) -> None:
    run = world.instance.create_run_for_job(refresh, status=status)
    world.now = datetime.now(UTC)
    world.put("2020-09/331002/a.xlsx")
    world.look()
    assert "queued or running; 1 new file" in reason(world.look())
    world.instance.report_run_failed(run)
    assert world.asked() == ["2020-09|331002"]


def test_a_run_that_died_without_a_word_holds_up_nothing(world: World) -> None:
    run = world.instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED)
    living = Path(world.instance.root_directory) / RUN_LOCKS_DIR
    living.mkdir()
    (living / run.run_id).touch()  # the lock of a process that was killed
    world.put("2020-09/331002/a.xlsx")
    world.look()
    assert world.asked() == ["2020-09|331002"]


def test_what_a_run_left_behind_is_asked_for_again_ever_more_seldom(world: World) -> None:
    world.put("2020-09/331002/a.xlsx")
    world.look()
    keys: list[str | None] = []
    times: list[datetime] = []
    while len(keys) < 3:
        result = world.look()
        if result.run_requests:
            keys.append(result.run_requests[0].run_key)
            times.append(world.now)
        else:
            assert "did not take in 1 of the files" in reason(result)
    assert len(set(keys)) == 3, "Dagster passes over a run key that it knows"
    assert [later - earlier for earlier, later in pairwise(times)] == [10 * A_WHILE, 20 * A_WHILE]


def test_a_new_file_does_not_wait_for_one_that_failed(world: World) -> None:
    world.put("2020-09/331002/a.xlsx")
    world.look()
    world.look()
    world.put("2020-09/331003/b.xlsx")
    world.look()
    assert world.asked() == ["2020-09|331002, 2020-09|331003"]


def test_a_tick_told_twice_has_the_same_run_key(world: World) -> None:
    world.put("2020-09/331002/a.xlsx")
    world.look()
    cursor, keys = world.cursor, set()
    for _ in range(2):
        world.cursor = cursor
        (request,) = world.look().run_requests or []
        keys.add(request.run_key)
    assert len(keys) == 1


def test_a_landing_zone_out_of_reach_is_a_failed_tick_with_one_sentence(world: World) -> None:
    world.landing.rmdir()
    with pytest.raises(LandingError, match="does not exist"):
        world.look()


def test_the_cursor_stays_small() -> None:
    files = frozenset(number.to_bytes(4) for number in range(5000))
    watch = Watch().look(files)
    assert len(watch.cursor) < 30_000
    assert Watch.from_cursor(watch.cursor) == watch


def test_many_partitions_are_cut_short(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing_sensor, "SHOWN_PARTITIONS", 2)
    for unit in ("331002", "331003", "331004", "331021"):
        world.put(f"2020-09/{unit}/a.xlsx")
    world.look()
    assert world.asked() == ["2020-09|331002, 2020-09|331003, … 2 more"]
