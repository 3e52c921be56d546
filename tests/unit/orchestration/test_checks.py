"""Each form of each unit is compared with the calendar, and only what is overdue fails."""

from datetime import date

import dagster as dg
import pytest

from ingest.contracts.contract import Contract
from ingest.landing.arrive import Intake
from ingest.pipeline.run import IngestResult
from ingest.reference import Reference
from orchestration import checks
from orchestration.assets.returns import form_key, zone_check
from orchestration.desk.board.status import Board, Return, Round
from orchestration.resources import PipelineResource

DUE_ON = date(2020, 10, 31)
LATE = {("331002", "pay"): ("overdue", 20), ("331003", "pay"): ("rejected", 20), ("331004", "pay"): ("queried", 0)}


@pytest.fixture
def board(contracts: dict[str, Contract], reference: Reference) -> Board:
    """Everything accepted but for the pay of three counties."""
    collection = reference.collections["2020-09"]
    returns = {}
    for contract in contracts.values():
        for unit in reference.units.values():
            if unit.kind in contract.suppliers:
                at = (unit.unit_code, contract.form)
                status, days = LATE.get(at, ("accepted", 0))
                returns[at] = Return(*at, status, DUE_ON, days, None, 1, 0, 0, 0)
    dates = (collection.opens_on, collection.due_on, collection.year_end_due_on, collection.closes_on)
    year = Round(collection.collection_id, collection.name_zh, *dates, returns)
    return Board(date(2020, 11, 20), "r1", {}, {}, (year,))


@pytest.fixture
def lateness(
    board: Board, contracts: dict[str, Contract], reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> dg.AssetChecksDefinition:
    monkeypatch.setattr(checks, "current_board", lambda _: board)
    return checks.build_lateness_checks(contracts, reference)


def evaluated(lateness: dg.AssetChecksDefinition, chosen: dg.AssetSelection) -> list[dg.AssetCheckEvaluation]:
    """What a job of the chosen checks says."""
    job = dg.define_asset_job("late", selection=chosen)
    defs = dg.Definitions(asset_checks=[lateness], resources={"pipeline": PipelineResource()}, jobs=[job])
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("late").execute_in_process(instance=instance)
    assert result.success, "late returns are the counties' to mend"
    return list(result.get_asset_check_evaluations())


def test_what_is_overdue_fails_its_check_and_nothing_else_does(
    board: Board, lateness: dg.AssetChecksDefinition
) -> None:
    found = {(e.asset_key, e.check_name): e for e in evaluated(lateness, dg.AssetSelection.checks(lateness))}
    assert len(found) == len(board.rounds[0].returns)
    failed = {at for at, evaluation in found.items() if not evaluation.passed}
    assert failed == {(form_key("pay"), "on_time_331002"), (form_key("pay"), "on_time_331003")}
    told = found[form_key("pay"), "on_time_331002"]
    assert told.severity is dg.AssetCheckSeverity.WARN
    assert told.description == "2020-09：逾期 20 天" and told.metadata["days overdue"].value == 20


def test_what_could_not_be_taken_or_is_missing_fails_a_check_that_people_are_told_of() -> None:
    whole = IngestResult(Intake(1, 0))
    assert zone_check(whole).passed
    told = zone_check(IngestResult(Intake(1, 0), untaken=[("/", "不见了"), ("a/b", "链接")]))
    assert not told.passed and told.severity == dg.AssetCheckSeverity.WARN
    assert told.description == "/：不见了；a/b：链接" and told.metadata["paths"].value == 2


def test_of_one_form_only_its_checks_are_evaluated(lateness: dg.AssetChecksDefinition) -> None:
    found = evaluated(lateness, dg.AssetSelection.checks_for_assets(form_key("pay")))
    assert {each.asset_key for each in found} == {form_key("pay")}
    assert "on_time_331002" in {each.check_name for each in found}
