"""The ledger remembers files, arrivals and readings, and forgets what was not committed."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ingest.errors import LedgerError
from ingest.landing.ledger import EVERY_UNIT, Arrival, Ledger, Reading
from ingest.settings import Settings

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


def settings_of(folder: Path) -> Settings:
    return Settings(str(folder / "landing"), folder, date(2021, 1, 1))


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


@pytest.mark.parametrize(
    "remains", ["archive/ab/abc", "lake/sheets/1.parquet", "published/releases/20200101/manifest.json"]
)
@pytest.mark.parametrize("lost", ["missing", "of no bytes", "emptied"])
def test_an_empty_ledger_beside_what_it_should_know_is_refused(remains: str, lost: str, tmp_path: Path) -> None:
    put(tmp_path / remains)
    if lost == "of no bytes":
        (tmp_path / "ledger.sqlite").touch()
    if lost == "emptied":
        Ledger(tmp_path / "ledger.sqlite").__exit__(None, None, None)
    with pytest.raises(LedgerError, match="make restore-ledger"):
        Ledger.of(settings_of(tmp_path))


def test_a_ledger_with_nothing_beside_it_is_a_new_one(tmp_path: Path) -> None:
    with Ledger.of(settings_of(tmp_path)) as ledger:
        assert ledger.is_new and ledger.arrivals() == []


def test_a_first_refresh_that_was_killed_while_it_archived_has_lost_nothing(tmp_path: Path) -> None:
    with Ledger.of(settings_of(tmp_path)) as ledger:
        ledger.set_fact("pseudonym_key_fingerprint", "x")
    put(tmp_path / "archive/ab/abc")
    with Ledger.of(settings_of(tmp_path)) as ledger:
        assert ledger.arrivals() == []
    put(tmp_path / "published/releases/20200101/manifest.json")
    with pytest.raises(LedgerError, match="empty"):
        Ledger.of(settings_of(tmp_path))


def test_a_damaged_ledger_says_which_backup_to_restore(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite 的备份"):
        Ledger.of(settings_of(tmp_path))
    path.unlink()
    with Ledger(path) as ledger:
        for number in range(2000):
            ledger.add_arrival(arrival(f"{number}"))
    content = bytearray(path.read_bytes())
    content[4096 * 3 : -4096] = b"\xff" * (len(content) - 4096 * 4)
    path.write_bytes(bytes(content))
    with pytest.raises(LedgerError, match="damaged"), Ledger(path) as ledger:
        ledger.arrivals()


def test_a_ledger_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        db.execute(
            "create table arrivals (path text not null, received_at text not null, document_id text not null, size_bytes "
            "integer not null, collection_id text, unit_code text, reason text, primary key (path, received_at, document_id))"
        )
        db.execute("insert into arrivals values ('a', '2020-09-20T12:00:00+00:00', 'd', 1, 'c', 'u', null)")
        db.commit()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.add_arrival(replace(arrival("b"), stated_at=NOON))
        assert [a.stated_at for a in ledger.arrivals()] == [None, NOON]


def test_a_document_is_set_aside_in_a_unit_or_in_all_and_taken_back(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.set_aside("d", "331002", "x")
        ledger.set_aside("e", EVERY_UNIT, "y")
        aside = ledger.all_set_aside()
        places = [("d", "c", "331002"), ("d", "c", "331003"), ("e", "c", "331003")]
        assert [aside.reason(place) for place in places] == ["x", None, "y"]
        ledger.take_back("e")
        assert ledger.all_set_aside().reason(places[2]) is None
