"""Jobs: what is started as one run."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.assets.returns import DOCUMENTS

REFRESH = "refresh"


def build_refresh_job(assets: Sequence[dg.AssetsDefinition]) -> Any:
    """Everything that is out of date, in one run: read what is new, rebuild `assets` (facts and metrics, release, desk)."""
    return dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.assets(DOCUMENTS) | dg.AssetSelection.assets(*assets),
        description="Landing zone -> archive -> checked rows -> facts -> metrics -> a published release -> feedback and board.",
        executor_def=dg.in_process_executor,
    )
