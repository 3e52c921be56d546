"""Jobs: what is started as one run."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from orchestration.assets.returns import DOCUMENTS

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
