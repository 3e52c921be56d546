"""Dagster's own servers: the daemon's queue and automation, and what its web server shows in a real browser."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import dagster as dg
import pandas as pd
import pytest
from playwright.sync_api import Page

from ingest.sample import build_city, lay_out
from ingest.settings import PROJECT_DIR
from orchestration.assets.returns import form_key
from orchestration.automation import AUTOMATION
from orchestration.instance import STARTED_BY
from tests.integration.browser import chromium_page
from tests.integration.conftest import Workplace
from tests.integration.test_interruptions import contents

WAIT_SECONDS = 300
BY_ITSELF = {"dagster/from_automation_condition": "true"}
AT_ONCE = dg.RunsFilter(tags={"test": "at once"})
GROUPS = {
    *("landing", "returns", "seeds", "documents", "staging", "checks"),
    *("marts", "figures", "metrics", "quality", "release", "desk"),
}
PARTITION_TAGS = {"": "2019-09|331002", "/collection": "2019-09", "/unit": "331002"}
CELL = dg.MultiPartitionKey({"collection": "2019-09", "unit": "331002"})


def server(place: Workplace, name: str, **changes: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """One of Dagster's servers."""
    return running(place, name, [sys.executable, "-m", "orchestration.serve", name], **changes)


@contextmanager
def running(place: Workplace, name: str, command: list[str], **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own, ended with all its children."""
    with open(place.root / f"{name}.log", "wb") as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT_DIR,
            env=place.environment | changes,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(process: subprocess.Popen[bytes], is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert process.poll() is None, "the server has ended"
        assert time.monotonic() < deadline, f"nothing within {WAIT_SECONDS} seconds"
        time.sleep(1)


def has_looked(instance: dg.DagsterInstance, since: float) -> bool:
    """Whether the automation sensor has seen how things stand since a time, so that it notices what changes."""
    states = [state for state in instance.all_instigator_state() if state.name == AUTOMATION]
    ticks = [tick for state in states for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id)]
    return any(tick.timestamp > since and tick.is_completed for tick in ticks)


def come_to_rest(daemon: subprocess.Popen[bytes], instance: dg.DagsterInstance) -> None:
    """Waits until nothing runs and automation has looked without starting anything.

    It may run a refresh's last assets a second time when the refresh ends while it looks: Dagster takes assets and the state of
    their run at two moments.
    """

    def nothing_runs() -> bool:
        return all(run.is_finished for run in instance.get_runs())

    while True:
        wait_until(daemon, nothing_runs)
        wait_until(daemon, partial(has_looked, instance, time.time()))
        if nothing_runs():
            return


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A small city; the tests of this module go on from one another."""
    place = Workplace(tmp_path_factory.mktemp("servers"))
    lay_out(build_city(5, 0.0005, ["2019-09"]), place.landing, "clean")
    return place


@pytest.fixture(scope="module")
def daemon(place: Workplace) -> Iterator[subprocess.Popen[bytes]]:
    with server(place, "daemon") as process:
        wait_until(process, (place.data / "dagster" / "dagster.yaml").exists)
        yield process


@pytest.fixture(scope="module")
def instance(
    place: Workplace,
    daemon: subprocess.Popen[bytes],  # noqa: ARG001 - runs meanwhile
) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(place.data / "dagster")) as instance:
        yield instance


def test_two_refreshes_at_once_queue_and_end_as_one_after_the_other(
    place: Workplace, daemon: subprocess.Popen[bytes], instance: dg.DagsterInstance
) -> None:
    dagster = str(Path(sys.executable).with_name("dagster"))
    launch = [dagster, "job", "launch", "-w", "workspace.yaml", "-j", "refresh", "--tags", json.dumps(AT_ONCE.tags)]
    home = {"DAGSTER_HOME": str(place.data / "dagster")}
    launches = [
        subprocess.Popen(launch, cwd=PROJECT_DIR, env=place.environment | home, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait(WAIT_SECONDS) for process in launches] == [0, 0]
    wait_until(daemon, lambda: [run.is_finished for run in instance.get_runs(AT_ONCE)] == [True, True])
    first, second = sorted(instance.get_run_records(AT_ONCE), key=lambda record: record.start_time or 0)
    assert first.dagster_run.is_success and second.dagster_run.is_success
    assert first.end_time and second.start_time and first.end_time <= second.start_time
    queued = contents(place)
    assert len(queued["metrics.metric_values"]) > 0
    assert "nothing new" in place.refresh().stdout
    done = place.refresh("--everything")
    assert done.returncode == 0, done.stderr
    for table, rows in contents(place).items():
        pd.testing.assert_frame_equal(rows, queued[table])


def test_metrics_and_release_follow_a_return_that_was_read_again(
    place: Workplace, daemon: subprocess.Popen[bytes], instance: dg.DagsterInstance
) -> None:
    come_to_rest(daemon, instance)
    before, by_itself = place.current, dg.RunsFilter(tags=BY_ITSELF, created_after=datetime.now(UTC))
    instance.report_runless_asset_event(dg.AssetMaterialization(form_key("pay"), partition=CELL))
    wait_until(daemon, lambda: any(run.is_finished for run in instance.get_runs(by_itself)))
    *_, run = instance.get_runs(by_itself)  # the newest come first
    assert run.status is dg.DagsterRunStatus.SUCCESS
    made = {key.to_user_string() for key in run.asset_selection or ()}
    assert {"metrics/metric_values", "release/warehouse", "desk/feedback", "desk/board"} <= made
    assert place.current == before, "a release is made only of new inputs"


# What the UI sends when somebody materialises partitions of an asset.
LOCATION = {"repositoryLocationName": "education_plan_monitor", "repositoryName": "__repository__"}
LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""
BACKFILL = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } }
}
"""


def asked(url: str, query: str, params: dict[str, object]) -> str:
    """The id of the run or backfill that the web server starts."""
    body = json.dumps({"query": query, "variables": {"params": params}}).encode()
    request = Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=WAIT_SECONDS) as answer:
        (result,) = json.load(answer)["data"].values()
    assert result["__typename"].endswith("Success"), result
    return str(result["run"]["runId"] if "run" in result else result["backfillId"])


def checks_evaluated(instance: dg.DagsterInstance, run_id: str) -> set[str]:
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    events = [record.event_log_entry.dagster_event for record in records]
    return {event.asset_check_evaluation_data.asset_key.to_user_string() for event in events if event}


def test_a_partition_materialised_in_the_ui_is_read_again(
    url: str, daemon: subprocess.Popen[bytes], instance: dg.DagsterInstance
) -> None:
    come_to_rest(daemon, instance)
    selector = LOCATION | {"jobName": "__ASSET_JOB", "assetSelection": [{"path": ["returns", "pay"]}]}
    tags = [{"key": f"dagster/partition{name}", "value": value} for name, value in PARTITION_TAGS.items()]
    params: dict[str, object] = {"selector": selector, "mode": "default", "executionMetadata": {"tags": tags}}
    run_id = asked(url, LAUNCH, params)
    wait_until(daemon, lambda: is_finished(instance, run_id))
    run = instance.get_run_by_id(run_id)
    assert run and run.status is dg.DagsterRunStatus.SUCCESS
    assert CELL in instance.get_materialized_partitions(form_key("pay"))
    assert checks_evaluated(instance, run_id) <= {"returns/pay"}


def test_a_backfill_of_two_partitions_reads_both(
    url: str, daemon: subprocess.Popen[bytes], instance: dg.DagsterInstance
) -> None:
    keys = ["2019-09|331003", "2019-09|331004"]
    backfill = asked(url, BACKFILL, {"assetSelection": [{"path": ["returns", "pay"]}], "partitionNames": keys})
    of_it = dg.RunsFilter(tags={"dagster/backfill": backfill})
    wait_until(daemon, lambda: [run.is_finished for run in instance.get_runs(of_it)] == [True] * len(keys))
    assert all(run.is_success for run in instance.get_runs(of_it))
    assert set(keys) <= set(instance.get_materialized_partitions(form_key("pay")))


def is_finished(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return bool(run and run.is_finished)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def url(
    place: Workplace,
    daemon: subprocess.Popen[bytes],  # noqa: ARG001 - runs meanwhile
) -> Iterator[str]:
    """Where the web server answers."""
    url = f"http://127.0.0.1:{free_port()}"

    def answers() -> bool:
        try:
            with urlopen(f"{url}/server_info", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    with server(place, "webserver", EDU_PORT=url.rpartition(":")[2]) as process:
        wait_until(process, answers)
        yield url


@pytest.fixture(scope="module")
def ui(url: str) -> Iterator[Page]:
    """The UI's first page."""
    with chromium_page() as page:
        page.goto(url)
        page.set_default_timeout(WAIT_SECONDS * 1000)
        yield page


def test_the_asset_graph_shows_the_layers_from_the_landing_zone_to_the_desk(ui: Page) -> None:
    ui.get_by_role("link", name="Lineage").click()
    for group in GROUPS:
        ui.locator("svg foreignObject").get_by_text(group, exact=True).wait_for()


def test_the_release_shows_its_metadata_and_scoreboard(ui: Page, place: Workplace) -> None:
    ui.goto(urljoin(ui.url, "/assets/release/warehouse"))
    ui.get_by_text(place.current.name, exact=True).wait_for()
    ui.get_by_role("columnheader", name="已达标").wait_for()
    ui.get_by_text("文件：采用").wait_for()
    ui.get_by_text("data-engineering").wait_for()


def test_what_make_refresh_ran_stands_in_the_timeline_and_under_its_job(ui: Page, instance: dg.DagsterInstance) -> None:
    run, *_ = instance.get_runs(dg.RunsFilter(tags=STARTED_BY))
    ui.goto(urljoin(ui.url, "/locations/education_plan_monitor/jobs/refresh/runs"))
    ui.get_by_text(run.run_id[:8]).first.wait_for()
    ui.goto(urljoin(ui.url, "/overview/activity/timeline"))
    ui.get_by_role("link", name="refresh").first.wait_for()
