"""The ledger remembers files, arrivals and readings, and forgets what was not committed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.landing.ledger import Arrival, Ledger, Reading

NOON = datetime(2020, 9, 20, 12, tzinfo=UTC)


def arrival(path: str, minutes: int = 0) -> Arrival:
    return Arrival(path, NOON + timedelta(minutes=minutes), "a" * 64, 3, "2020-09", "331002")


def reading(reading_id: int, version: str = "1", forms: tuple[str, ...] = ("pay",)) -> Reading:
    return Reading(reading_id, "a" * 64, "2020-09", "331002", version, True, None, "000000001", forms)


def test_arrivals_come_back_in_order_of_time_then_path(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for each in (arrival("b"), arrival("a"), arrival("z", -1)):
            ledger.add_arrival(each)
        assert [a.path for a in ledger.arrivals()] == ["z", "a", "b"]
        assert ledger.arrivals()[1] == arrival("a")


def test_of_two_arrivals_in_a_second_the_one_found_later_comes_later(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for document_id in ("c" * 64, "b" * 64, "d" * 64):
            ledger.add_arrival(replace(arrival("a"), document_id=document_id))
        assert [a.document_id[0] for a in ledger.arrivals()] == ["c", "b", "d"]


def test_what_was_not_committed_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with pytest.raises(RuntimeError), Ledger(path) as ledger:
        ledger.add_file("a", 1, NOON.isoformat(), "d")
        raise RuntimeError
    with Ledger(path) as ledger:
        assert not ledger.known_files()
        ledger.add_file("a", 1, NOON.isoformat(), "d")
    with Ledger(path) as ledger:
        assert ledger.known_files() == {("a", 1, NOON.isoformat())}


def test_a_second_reading_takes_the_place_of_the_first(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.add_readings([reading(1)])
        ledger.add_readings([reading(2, "2", ("pay", "?"))])
        assert list(ledger.readings().values()) == [reading(2, "2", ("pay", "?"))]


def test_a_reading_id_is_never_used_twice(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.reserve_reading_ids(3) == 1
        ledger.add_readings([reading(1)])
        ledger.forget_readings()
        assert not ledger.readings()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.reserve_reading_ids(0) == ledger.reserve_reading_ids(2) == 4
        ledger.add_readings([reading(9)])
        assert ledger.reserve_reading_ids(1) == 10


def test_facts_are_kept(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.fact("key") is None
        ledger.set_fact("key", "1")
        ledger.set_fact("key", "2")
        assert ledger.fact("key") == "2"
