"""Sensors that tell people: of a run that failed, and of checks that failed in a run that did not.

They follow the runs and not single events: Dagster keeps their cursor, so nothing is told twice or lost over a restart.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import dagster as dg

from ingest.errors import PipelineError
from ingest.secrecy import NOTIFY_URLS
from ingest.settings import TIME_ZONE
from orchestration.publishing.manifest import current_release
from orchestration.resources import PipelineResource
from orchestration.runtime.failures import in_one_line, sayable_reason

LINES_MAX = 20
REASONS_MAX = 5
REASON_CHARACTERS = 300
ASSETS_SHOWN = 5


def build_run_failure_sensor() -> dg.SensorDefinition:
    """Tells of every run that failed, whoever started it: a job, a materialisation, a backfill, `make refresh`."""

    @dg.run_failure_sensor(
        name="tell_of_failed_runs",
        monitor_all_code_locations=True,  # a server may know the project by another name than `make refresh` does
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"失败通知：tells whoever {NOTIFY_URLS} names of a run that failed, and of its failed checks.",
    )
    def tell_of_failed_runs(context: dg.RunFailureSensorContext, pipeline: PipelineResource) -> dg.SkipReason | None:
        lines = [
            *_occasion(context, "任务失败（run failed）"),
            *(f"原因：{reason[:REASON_CHARACTERS]}" for reason in _reasons(context)),
            f"已发布的版本不受影响（the last release stays）：{_release_name(pipeline)}",
            "下一步：按上述原因处理，然后重新运行（make refresh，或在 Dagster 里重新执行）。",
            *_link(context, pipeline),
            *check_lines(failed_checks(context)),
        ]
        return _tell(context, pipeline, f"任务失败：{_job(context)}", lines)

    return tell_of_failed_runs


def build_check_failure_sensor() -> dg.SensorDefinition:
    """Tells of the checks that failed in a run that went through: warnings, and errors that block nothing."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="tell_of_failed_checks",
        monitor_all_code_locations=True,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"检查通知：tells whoever {NOTIFY_URLS} names of checks that failed in a run that went through.",
    )
    def tell_of_failed_checks(context: dg.RunStatusSensorContext, pipeline: PipelineResource) -> dg.SkipReason | None:
        failed = failed_checks(context)
        if not failed:
            return None
        lines = [
            *_occasion(context, "检查未通过（checks failed）"),
            f"当前版本（current release）：{_release_name(pipeline)}",
            "下一步：WARN 不影响发布，请核对或催办；ERROR 请查明原因后重新运行。",
            *_link(context, pipeline),
            *check_lines(failed),
        ]
        return _tell(context, pipeline, f"{len(failed)} 项检查未通过：{_job(context)}", lines)

    return tell_of_failed_checks


def failed_checks(context: dg.RunStatusSensorContext) -> list[dg.AssetCheckEvaluation]:
    """The checks of a run that failed when last evaluated in it."""
    records = context.instance.get_records_for_run(
        context.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    events = [record.event_log_entry.dagster_event for record in records]
    evaluations = [event.asset_check_evaluation_data for event in events if event]
    latest = {(each.asset_check_key, each.partition): each for each in evaluations}
    return [each for each in latest.values() if not each.passed]


def check_lines(failed: Sequence[dg.AssetCheckEvaluation]) -> list[str]:
    """A line for each check, errors first; checks of one name on several assets share one."""
    groups = defaultdict(list)
    for each in failed:
        groups[each.severity.value, each.check_name].append(each)
    lines = [f"[{severity}] {name}{_group(groups[severity, name])}" for severity, name in sorted(groups)]
    more = [f"……另有 {len(lines) - LINES_MAX} 行（more）"] if len(lines) > LINES_MAX else []
    return lines[:LINES_MAX] + more


def _group(group: Sequence[dg.AssetCheckEvaluation]) -> str:
    """Where the check failed; of a single one also what it says and its counts."""
    assets = list(dict.fromkeys(each.asset_key.to_user_string() for each in group))
    shown = "、".join(assets[:ASSETS_SHOWN]) + ("…" if len(assets) > ASSETS_SHOWN else "")
    if len(group) > 1:
        return f" × {len(group)}：{shown}"
    counts = [
        f"{name} {value.value}" for name, value in group[0].metadata.items() if isinstance(value, dg.IntMetadataValue)
    ]
    told = "；".join(filter(None, [in_one_line(group[0].description or "")[:REASON_CHARACTERS], *counts]))
    return f" {shown}" + (f"：{told}" if told else "")


def _reasons(context: dg.RunFailureSensorContext) -> list[str]:
    """Which steps failed and why; of a run that failed outside its steps, what Dagster says."""
    reasons = []
    for event in context.get_step_failure_events()[:REASONS_MAX]:
        error = event.step_failure_data.error
        reasons.append(f"步骤 {event.step_key}：{sayable_reason(error) if error else '—'}")
    if reasons:
        return reasons
    failure = context.failure_event.job_failure_data  # None when the daemon gave the run up
    if failure and failure.error:
        return [sayable_reason(failure.error)]
    return [in_one_line(context.failure_event.message or "—")]


def _occasion(context: dg.RunStatusSensorContext, what: str) -> list[str]:
    record = context.instance.get_run_record_by_id(context.dagster_run.run_id)
    ended = (
        datetime.fromtimestamp(record.end_time, TIME_ZONE) if record and record.end_time else datetime.now(TIME_ZONE)
    )
    return [f"{what}：{_job(context)}", f"时间：{ended:%Y-%m-%d %H:%M}（{TIME_ZONE.key}）"]


def _job(context: dg.RunStatusSensorContext) -> str:
    """The job's name; what the UI materialises by hand, and what backfills do, runs in a job that has none."""
    name = context.dagster_run.job_name
    return "资产物化（materialisation）" if name.startswith("__") else name


def _release_name(pipeline: PipelineResource) -> str:
    try:
        release = current_release(pipeline.settings())
    except PipelineError:  # a mistake in the settings may be the very thing to tell of
        return "—"
    return release.name if release else "尚无（none yet）"


def _link(context: dg.RunStatusSensorContext, pipeline: PipelineResource) -> list[str]:
    url = pipeline.variable("EDU_DAGSTER_URL").rstrip("/")
    return [f"运行记录（run）：{url}/runs/{context.dagster_run.run_id}"] if url else []


def _tell(
    context: dg.RunStatusSensorContext, pipeline: PipelineResource, title: str, lines: Sequence[str]
) -> dg.SkipReason | None:
    """Sends the message. When it does not reach everybody the tick fails, to be seen, but is not repeated for the others."""
    from orchestration.runtime import notify  # slow to load, and most runs have nothing to tell

    targets = notify.load_targets(pipeline.variable(NOTIFY_URLS))
    if not targets:
        return dg.SkipReason(f"{NOTIFY_URLS} is not set: nobody is told of run {context.dagster_run.run_id}.")
    if failed := notify.send(targets, title, "\n".join(lines)):
        message = f"通知没有送达（not delivered）：{'；'.join(failed)}"
        context.log.error(message)
        raise notify.NotificationError(message)
    return None
