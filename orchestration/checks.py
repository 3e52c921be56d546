"""Asset checks that compare with the calendar: one for each form and unit, since a freshness policy knows no partitions."""

from collections.abc import Iterator, Mapping

import dagster as dg

from ingest.contracts.contract import Contract
from ingest.reference import Reference
from orchestration.assets.returns import form_key
from orchestration.desk.board.status import Board, Return
from orchestration.desk.board.write import current_board
from orchestration.resources import PipelineResource

PREFIX = "on_time_"


def check_name(unit_code: str) -> str:
    """The name of the asset check that stands for a unit."""
    return f"{PREFIX}{unit_code}"


def build_lateness_checks(contracts: Mapping[str, Contract], reference: Reference) -> dg.AssetChecksDefinition:
    """A check for each form and unit that supplies it: nothing of it may be overdue in a collection that is current."""
    specs = [
        dg.AssetCheckSpec(
            check_name(unit.unit_code),
            asset=form_key(contract.form),
            description=f"{unit.name_zh}是否按时报送{contract.name_zh}；has {unit.name_en} sent it by its due date?",
        )
        for contract in contracts.values()
        for unit in reference.units.values()
        if unit.kind in contract.suppliers
    ]

    @dg.multi_asset_check(name="lateness", specs=specs, can_subset=True)
    def lateness(context: dg.AssetCheckExecutionContext, pipeline: PipelineResource) -> Iterator[dg.AssetCheckResult]:
        board = current_board(pipeline.settings())
        for key in sorted(context.selected_asset_check_keys):
            yield _result(board, key)

    return lateness


def _result(board: Board, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    unit_code, form = key.name.removeprefix(PREFIX), key.asset_key.path[-1]
    returns = {round_.collection_id: round_.returns[unit_code, form] for round_ in board.current}
    late = {collection: each for collection, each in returns.items() if _is_late(each)}
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not late,
        severity=dg.AssetCheckSeverity.WARN,
        description="；".join(f"{collection}：{each.text}" for collection, each in (late or returns).items()),
        metadata={"days overdue": max((each.days_overdue for each in late.values()), default=0)},
    )


def _is_late(each: Return) -> bool:
    return each.status in ("overdue", "rejected") and each.days_overdue > 0
