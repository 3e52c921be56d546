"""Documents are set aside and taken back by hand, and never the wrong one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.landing.ledger import EVERY_UNIT, Arrival, Ledger, Reading
from orchestration import documents

NOON = datetime(2020, 9, 20, 12, tzinfo=UTC)
FIRST, SECOND = "ab" * 32, "cd" * 32
PATH = "2020-09/331002/甲.xlsx"


@pytest.fixture
def ledger_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two versions of one file, the second of which could not be read; the first came from another unit too."""
    monkeypatch.setenv("EDU_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("EDU_LANDING_URL", str(tmp_path / "landing"))
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.add_arrival(Arrival(PATH, NOON, FIRST, 1, "2020-09", "331002"))
        ledger.add_arrival(Arrival(PATH, NOON.replace(hour=13), SECOND, 1, "2020-09", "331002"))
        ledger.add_arrival(Arrival("2020-09/331003/乙.xlsx", NOON, FIRST, 1, "2020-09", "331003"))
        for number, (document_id, unit, reason) in enumerate(
            [(FIRST, "331002", None), (FIRST, "331003", None), (SECOND, "331002", "读不出")], start=1
        ):
            ledger.add_readings(
                [Reading(number, document_id, "2020-09", unit, "1", reason is None, reason, "s", ("pay",))]
            )
    return path


def reasons(path: Path) -> dict[tuple[str, str], str]:
    with Ledger(path) as ledger:
        return dict(ledger.all_set_aside().reasons)


@pytest.mark.usefixtures("ledger_path")
def test_the_list_shows_what_was_rejected_or_set_aside_and_all_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert documents.main(["list"]) == 0
    assert capsys.readouterr().out == f"{SECOND[:12]}  拒收  {PATH}  读不出\n"
    documents.main(["set-aside", FIRST[:8], "发错了", "--unit", "331003"])
    documents.main(["list"])
    assert f"{FIRST[:12]}  已搁置  2020-09/331003/乙.xlsx  发错了\n" in capsys.readouterr().out
    documents.main(["list", "--all"])
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_document_is_named_by_its_id_or_path(ledger_path: Path) -> None:
    assert documents.main(["set-aside", "2020-09/331003/乙.xlsx", "发错了"]) == 0
    assert documents.main(["set-aside", SECOND[:6].upper(), "打不开"]) == 0
    assert reasons(ledger_path) == {(FIRST, EVERY_UNIT): "发错了", (SECOND, EVERY_UNIT): "打不开"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["set-aside", "2020-09/331002/丙.xlsx", "x"], "no such document"),
        (["set-aside", "ab", "x"], "no such document"),
        (["set-aside", PATH, "x"], FIRST[:12]),
        (["set-aside", FIRST, " "], "a reason is needed"),
        (["set-aside", FIRST, "x", "--unit", "999999"], "no such unit"),
    ],
    ids=["another path", "too short an id", "several versions", "no reason", "no unit"],
)
def test_what_means_no_single_document_is_refused(
    ledger_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert documents.main(arguments) == 1
    assert words in capsys.readouterr().err and reasons(ledger_path) == {}


def test_what_is_taken_back_counts_again_and_is_read_again_if_it_was_rejected(ledger_path: Path) -> None:
    documents.main(["set-aside", SECOND, "打不开"])
    assert documents.main(["take-back", SECOND]) == 0 and documents.main(["take-back", FIRST]) == 0
    assert reasons(ledger_path) == {}
    with Ledger(ledger_path) as ledger:
        assert {place[0] for place in ledger.readings()} == {FIRST}


def test_files_that_were_taken_away_on_purpose_are_no_longer_expected(ledger_path: Path, tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.csv").write_bytes(b"x")
    with Ledger(ledger_path) as ledger:
        for name in ("a.csv", "gone.csv"):
            ledger.add_file(name, 1, NOON.isoformat(), FIRST)
    assert documents.main(["accept-missing"]) == 0
    with Ledger(ledger_path) as ledger:
        assert ledger.known_paths() == {"a.csv"} and len(ledger.arrivals()) == 3
