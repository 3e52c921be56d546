"""Jobs: what is started as one run."""

from typing import Any

import dagster as dg

from orchestration.assets.returns import DOCUMENTS

REFRESH = "refresh"


def build_refresh_job(warehouse: dg.AssetsDefinition, release: dg.AssetsDefinition) -> Any:
    """Everything that is out of date, in one run: read what is new, rebuild facts and metrics, publish."""
    return dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.assets(DOCUMENTS)
        | dg.AssetSelection.assets(warehouse)
        | dg.AssetSelection.assets(release),
        description="Landing zone -> archive -> checked rows -> facts -> metrics -> a published release.",
        executor_def=dg.in_process_executor,
    )
