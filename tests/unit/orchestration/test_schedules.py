"""Which tick of which schedule starts a run, by the calendar in Asia/Shanghai."""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from ingest.reference import load_reference
from orchestration import schedules
from orchestration.definitions import defs
from orchestration.resources import PipelineResource


@pytest.fixture
def pipeline(tmp_path: Path) -> PipelineResource:
    (tmp_path / "landing").mkdir()
    overrides = {
        "EDU_DATA_DIR": str(tmp_path / "data"),
        "EDU_LANDING_URL": str(tmp_path / "landing"),
        "EDU_PSEUDONYM_KEY": "5a" * 32,
    }
    return PipelineResource(overrides=overrides)


def tick(name: str, moment: datetime, pipeline: PipelineResource) -> dg.RunRequest | dg.SkipReason:
    schedule = defs.resolve_schedule_def(name)
    resources = {"pipeline": pipeline}
    with dg.build_schedule_context(scheduled_execution_time=moment, resources=resources) as context:
        result = schedule(context)
    assert isinstance(result, (dg.RunRequest, dg.SkipReason))
    return result


def test_a_collection_is_open_from_its_first_to_its_last_day() -> None:
    collections = list(load_reference().collections.values())
    days = {date(2020, 8, 31): False, date(2020, 9, 1): True, date(2021, 2, 28): True, date(2021, 3, 1): False}
    assert {day: schedules.is_open(collections, day) for day in days} == days


def test_all_are_on_and_run_on_chinese_time() -> None:
    for schedule in defs.schedules or ():
        assert isinstance(schedule, dg.ScheduleDefinition)
        assert schedule.execution_timezone == "Asia/Shanghai"
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


@pytest.mark.parametrize(
    ("moment", "nightly", "weekly"),
    [
        (datetime(2020, 8, 31, 18, tzinfo=UTC), True, False),  # two o'clock of 2020-09-01 in China
        (datetime(2020, 8, 30, 18, tzinfo=UTC), False, True),
        (datetime(2021, 2, 28, 15, tzinfo=UTC), True, False),
        (datetime(2021, 2, 28, 16, tzinfo=UTC), False, True),
    ],
)
def test_nights_while_a_collection_is_open_mondays_otherwise(
    moment: datetime, nightly: bool, weekly: bool, pipeline: PipelineResource
) -> None:
    assert isinstance(tick(schedules.NIGHTLY, moment, pipeline), dg.RunRequest) is nightly
    assert isinstance(tick(schedules.WEEKLY, moment, pipeline), dg.RunRequest) is weekly


def test_no_run_is_owed_for_a_night_with_nothing_new(
    pipeline: PipelineResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "is_up_to_date", lambda _: True)
    result = tick(schedules.NIGHTLY, datetime(2020, 9, 10, tzinfo=UTC), pipeline)
    assert isinstance(result, dg.SkipReason) and "Nothing is new" in str(result.skip_message)


def test_the_reminder_names_what_is_due_today(pipeline: PipelineResource) -> None:
    due = tick(schedules.DAILY_REMINDER, datetime(2020, 10, 31, 0, tzinfo=UTC), pipeline)
    assert isinstance(due, dg.RunRequest) and due.tags["edu/due_today"] == "2020-09"
    other = tick(schedules.DAILY_REMINDER, datetime(2020, 10, 30, 0, tzinfo=UTC), pipeline)
    assert isinstance(other, dg.RunRequest) and "edu/due_today" not in other.tags
    assert isinstance(tick(schedules.DAILY_REMINDER, datetime(2021, 6, 1, tzinfo=UTC), pipeline), dg.SkipReason)


def test_a_landing_zone_out_of_reach_starts_a_run_that_tells_of_it(pipeline: PipelineResource) -> None:
    gone = PipelineResource(overrides=pipeline.overrides | {"EDU_LANDING_URL": "/no/such/landing"})
    assert isinstance(tick(schedules.NIGHTLY, datetime(2020, 9, 10, tzinfo=UTC), gone), dg.RunRequest)
