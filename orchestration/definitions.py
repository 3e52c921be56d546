"""The code location: a table of contents of assets, jobs and resources."""

from __future__ import annotations

import dagster as dg

from ingest.contracts.contract import load_contracts
from ingest.reference import load_reference
from ingest.settings import load_settings
from orchestration.assets.desk import build_board_asset, build_feedback_asset, build_templates_asset
from orchestration.assets.release import build_open_data_asset, build_postgres_asset, build_release_asset
from orchestration.assets.returns import build_documents_asset, build_returns_assets
from orchestration.assets.warehouse import build_dbt_assets
from orchestration.automation import build_automation_sensor
from orchestration.checks import build_lateness_checks
from orchestration.housekeeping import housekeeping, weekly_housekeeping
from orchestration.jobs import build_read_returns_job, build_refresh_job, build_remind_job
from orchestration.partitions import returns_partitions
from orchestration.publishing.catalogue import RELEASED_SCHEMAS
from orchestration.resources import PipelineResource
from orchestration.schedules import build_schedules
from orchestration.sensors.alerts import build_check_failure_sensor, build_run_failure_sensor
from orchestration.sensors.landing import build_landing_sensor


def build_defs(pipeline: PipelineResource | None = None) -> dg.Definitions:
    """Everything Dagster loads; tests pass a resource of their own."""
    contracts = load_contracts()
    reference = load_reference(load_settings().spec_dir)
    documents = build_documents_asset()
    returns = build_returns_assets(contracts, returns_partitions(reference))
    warehouse = build_dbt_assets()
    release = build_release_asset(sorted(key for key in warehouse.keys if key.path[0] in RELEASED_SCHEMAS))
    postgres = build_postgres_asset(release)
    feedback, board = build_feedback_asset(), build_board_asset()
    lateness = build_lateness_checks(contracts, reference)
    refresh = build_refresh_job([warehouse, release, postgres, feedback, board])
    remind = build_remind_job(board, lateness)
    return dg.Definitions(
        assets=[
            documents,
            returns,
            warehouse,
            release,
            postgres,
            feedback,
            board,
            build_templates_asset(),
            build_open_data_asset(release),
        ],
        asset_checks=[lateness],
        jobs=[refresh, build_read_returns_job(returns), remind, housekeeping],
        schedules=[*build_schedules(refresh, remind), weekly_housekeeping],
        sensors=[
            build_landing_sensor(refresh),
            build_automation_sensor(),
            build_run_failure_sensor(),
            build_check_failure_sensor(),
        ],
        resources={"pipeline": pipeline or PipelineResource()},
        executor=dg.in_process_executor,
    )


defs = build_defs()
