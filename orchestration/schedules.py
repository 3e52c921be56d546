"""Schedules: what runs at which hour of Asia/Shanghai, by the reporting calendar."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import dagster as dg

from ingest.errors import PipelineError
from ingest.reference import Collection, load_reference
from ingest.settings import TIME_ZONE
from orchestration.resources import PipelineResource
from orchestration.up_to_date import is_up_to_date

NIGHTLY = "nightly_refresh"
WEEKLY = "weekly_refresh"
DAILY_REMINDER = "daily_reminder"


def is_open(collections: Iterable[Collection], day: date) -> bool:
    """Whether any collection takes in returns on that day."""
    return any(collection.opens_on <= day <= collection.closes_on for collection in collections)


def build_schedules(refresh: Any, remind: Any) -> list[dg.ScheduleDefinition]:
    """A refresh every night while a collection is open, else every Monday; the board and the checks of lateness every morning."""
    return [_nightly(refresh), _weekly(refresh), _reminder(remind)]


def _nightly(refresh: Any) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=NIGHTLY,
        job=refresh,
        cron_schedule="0 2 * * *",
        execution_timezone=TIME_ZONE.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="每晚刷新：every night while a collection is open.",
    )
    def nightly(context: dg.ScheduleEvaluationContext, pipeline: PipelineResource) -> dg.RunRequest | dg.SkipReason:
        if not is_open(_collections(pipeline), _day(context)):
            return dg.SkipReason("No collection is open: the weekly refresh will do.")
        try:
            if is_up_to_date(pipeline.settings()):
                return dg.SkipReason("Nothing is new since the last release.")
        except PipelineError as error:
            context.log.warning(f"Whether anything is new cannot be told, so that the run will tell why: {error}")
        return dg.RunRequest()

    return nightly


def _weekly(refresh: Any) -> dg.ScheduleDefinition:
    """Runs also when nothing is new, and then keeps the release: a run a week shows that the scheduler is alive."""

    @dg.schedule(
        name=WEEKLY,
        job=refresh,
        cron_schedule="0 3 * * 1",
        execution_timezone=TIME_ZONE.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="每周刷新：every Monday while no collection is open.",
    )
    def weekly(context: dg.ScheduleEvaluationContext, pipeline: PipelineResource) -> dg.RunRequest | dg.SkipReason:
        if is_open(_collections(pipeline), _day(context)):
            return dg.SkipReason("A collection is open: the nightly refresh has run.")
        return dg.RunRequest()

    return weekly


def _reminder(remind: Any) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=DAILY_REMINDER,
        job=remind,
        cron_schedule="0 8 * * *",
        execution_timezone=TIME_ZONE.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="每日催办：the board and who is late, every morning while a collection is open; on due dates it says so.",
    )
    def reminder(context: dg.ScheduleEvaluationContext, pipeline: PipelineResource) -> dg.RunRequest | dg.SkipReason:
        day, collections = _day(context), _collections(pipeline)
        if not is_open(collections, day):
            return dg.SkipReason("No collection is open: nobody is late.")
        due = [c.collection_id for c in collections if day in (c.due_on, c.year_end_due_on)]
        return dg.RunRequest(tags={"edu/due_today": ", ".join(due)} if due else {})

    return reminder


def _collections(pipeline: PipelineResource) -> list[Collection]:
    return list(load_reference(pipeline.settings().spec_dir).collections.values())


def _day(context: dg.ScheduleEvaluationContext) -> date:
    """The day in China that the tick belongs to."""
    moment: datetime = context.scheduled_execution_time
    return moment.astimezone(TIME_ZONE).date()
