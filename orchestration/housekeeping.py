"""Housekeeping: run history and logs older than EDU_KEEP_RUNS_DAYS go; releases are kept by the release step itself."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from ingest.settings import TIME_ZONE
from orchestration.resources import PipelineResource

BATCH_RUNS = 200


def remove_old_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Removes runs made before a time, with their events and captured logs; how many."""
    old = dg.RunsFilter(created_before=before)
    removed = 0
    while runs := instance.get_runs(old, limit=BATCH_RUNS):
        for run in runs:
            instance.compute_log_manager.delete_logs(prefix=[run.run_id])
            instance.delete_run(run.run_id)
        removed += len(runs)
    return removed


@dg.op(description="Removes old runs with their events and logs.")
def remove_old_history(context: dg.OpExecutionContext, pipeline: PipelineResource) -> None:
    """Removes runs older than EDU_KEEP_RUNS_DAYS, and logs how many."""
    days = pipeline.settings().keep_runs_days
    removed = remove_old_runs(context.instance, datetime.now(UTC) - timedelta(days=days))
    context.log.info(f"{removed} runs older than {days} days removed")


@dg.job(executor_def=dg.in_process_executor, description="Old run history and logs go.")
def housekeeping() -> None:
    """The job of this one step, in the process that starts it."""
    remove_old_history()


weekly_housekeeping = dg.ScheduleDefinition(
    name="weekly_housekeeping",
    job=housekeeping,
    cron_schedule="0 4 * * 0",
    execution_timezone=TIME_ZONE.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="每周清理：every Sunday.",
)
