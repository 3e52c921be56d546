"""Small segments are put together; what is valid in them stays, to the last row, and what was replaced goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.landing.ledger import Ledger
from tests.unit.ingest.pipeline.test_run import PAY, QUOTA, World, without_reading

TABLES = ("rows/admission_quota", "rows/pay", "sheets", "columns", "cells", "issues")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("ingest.lake.compaction.SMALL_MAX", 3)
    return World(tmp_path)


def segments(world: World) -> set[str]:
    return {path.stem for path in (Path(world.settings.lake_location, "sheets")).iterdir()} - {"empty"}


def all_rows(world: World) -> dict[str, list[dict[str, object]]]:
    return {table: sorted(map(without_reading, world.rows(table)), key=repr) for table in TABLES}


def put_one_by_one(world: World, count: int) -> Iterator[None]:
    for number in range(count):
        world.put(f"{number}.csv", QUOTA + f"331002000{number},5,{number}\n")
        world.ingest()
        yield


def test_many_small_segments_become_one_with_the_same_rows(world: World) -> None:
    for _ in put_one_by_one(world, 3):
        pass
    world.put("pay.csv", PAY)
    before_last = all_rows(world)
    assert len(segments(world)) == 3
    world.ingest()
    assert len(segments(world)) == 1
    after = all_rows(world)
    for table, rows in before_last.items():
        assert [row for row in after[table] if row in rows] == rows, table
    assert (len(after["rows/admission_quota"]), len(after["rows/pay"]), len(after["sheets"])) == (9, 1, 4)
    assert world.ingest().documents_read == 0


def test_a_decent_size_is_not_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.lake.compaction.TOGETHER_BYTES", 1)
    for _ in put_one_by_one(world, 4):
        pass
    assert len(segments(world)) == 4


def test_rows_of_replaced_readings_are_left_out(world: World) -> None:
    for _ in put_one_by_one(world, 2):
        pass
    with Ledger(world.settings.ledger_path) as ledger:
        ledger.forget_readings()
    world.put("pay.csv", PAY)
    world.ingest()  # one segment of three documents
    assert len(segments(world)) == 1
    for number in range(5, 8):
        world.put(f"{number}.csv", QUOTA + f"331002000{number},5,{number}\n")
        world.ingest()
    assert len(segments(world)) == 1
    assert len(all_rows(world)["rows/admission_quota"]) == 15


def test_a_crash_before_the_ledger_knows_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    for _ in put_one_by_one(world, 3):
        pass
    world.put("pay.csv", PAY)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "move_readings", die)
        with pytest.raises(KeyboardInterrupt):
            world.ingest()
    assert world.ingest().documents_read == 0
    assert len(segments(world)) == 1
    assert len(all_rows(world)["rows/admission_quota"]) == 9
