"""What a release rests on: the digests change exactly when a refresh could give something else."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ingest.landing.ledger import Arrival, Ledger
from ingest.reference import SEEDS_DIR, load_reference
from ingest.settings import Settings
from orchestration.publishing.release.inputs import calendar_position, current_inputs


def inputs(settings: Settings) -> dict[str, str]:
    with Ledger(settings.ledger_path) as ledger:
        return current_inputs(settings, ledger)


def test_inputs_stay_the_same_while_nothing_changes(settings: Settings) -> None:
    assert inputs(settings) == inputs(settings)


def test_an_arrival_changes_them(settings: Settings) -> None:
    before = inputs(settings)
    with Ledger(settings.ledger_path) as ledger:
        ledger.add_arrival(Arrival("a", datetime(2020, 9, 1, tzinfo=UTC), "d", 1, "2020-09", "331002"))
    after = inputs(settings)
    assert {name for name in before if before[name] != after[name]} == {"arrivals"}


def test_another_target_changes_the_seeds(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    spec = tmp_path_factory.mktemp("spec")
    text = (SEEDS_DIR / "metrics.csv").read_text(encoding="utf-8")
    (spec / "metrics.csv").write_text(text.replace("0.972", "0.98", 1), encoding="utf-8")
    before, after = inputs(settings), inputs(replace(settings, spec_dir=spec))
    assert {name for name in before if before[name] != after[name]} == {"seeds"}


@pytest.mark.parametrize(
    ("today", "same"),
    [("2020-10-31", True), ("2020-11-01", False), ("2020-09-01", True), ("2020-08-31", False), ("2021-02-01", False)],
)
def test_the_day_counts_only_when_it_passes_a_date_of_the_calendar(today: str, same: bool) -> None:
    reference = load_reference()
    position = calendar_position(reference, date(2020, 10, 1))
    assert (calendar_position(reference, date.fromisoformat(today)) == position) is same
