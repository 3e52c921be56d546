"""Jobs: what is started as one run."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from orchestration.assets.returns import DOCUMENTS

READ_RETURNS = "read_returns"
REFRESH = "refresh"
REMIND = "remind"


def build_refresh_job(assets: Sequence[dg.AssetsDefinition]) -> Any:
    """Everything that is out of date, in one run: read what is new, rebuild `assets` (facts and metrics, release, desk)."""
    return dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.assets(DOCUMENTS) | dg.AssetSelection.assets(*assets),
        description="Landing zone -> archive -> checked rows -> facts -> metrics -> a published release -> feedback and board.",
        executor_def=dg.in_process_executor,
    )


def build_read_returns_job(returns: dg.AssetsDefinition) -> Any:
    """What is new of one collection and unit in a run: a backfill reads many at the same time, and the refresh after it finds all read."""
    return dg.define_asset_job(
        READ_RETURNS,
        selection=dg.AssetSelection.assets(returns).without_checks(),
        config={"ops": {"returns": {"config": {"reread": False}}}},
        description="Landing zone -> archive -> checked rows, of one collection and unit: a run each, side by side.",
        executor_def=dg.in_process_executor,
    )


def reread_config(reread: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Run config of the refresh that reads `collections` and `units` again, all of them where none is named."""
    op = DOCUMENTS.to_python_identifier()
    return {"ops": {op: {"config": {"reread": True} | {name: list(keys) for name, keys in reread.items()}}}}


def build_remind_job(board: dg.AssetsDefinition, lateness: dg.AssetChecksDefinition) -> Any:
    """What changes from day to day without anything arriving: the board, and the checks of who is late."""
    return dg.define_asset_job(
        REMIND,
        selection=dg.AssetSelection.assets(board) | dg.AssetSelection.checks(lateness),
        description="The board of who owes what, and the checks of each form and unit against the calendar.",
        executor_def=dg.in_process_executor,
    )
