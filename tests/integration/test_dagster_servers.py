"""A real daemon: what was read again is followed, by itself, by facts, metrics, a release and the desk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from ingest.sample import build_city, lay_out
from ingest.settings import PROJECT_DIR
from orchestration.assets.returns import form_key
from orchestration.automation import AUTOMATION
from tests.integration.conftest import Workplace

WAIT_SECONDS = 180
BY_ITSELF = dg.RunsFilter(tags={"dagster/from_automation_condition": "true"})
CELL = dg.MultiPartitionKey({"collection": "2019-09", "unit": "331002"})


@contextmanager
def daemon(place: Workplace) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon in a session of its own, ended with all its children."""
    with open(place.root / "daemon.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.serve", "daemon"],
            cwd=PROJECT_DIR,
            env=place.environment,
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
        assert process.poll() is None, "the daemon has ended"
        assert time.monotonic() < deadline, f"nothing within {WAIT_SECONDS} seconds"
        time.sleep(1)


def has_looked(instance: dg.DagsterInstance) -> bool:
    """Whether the automation sensor has seen how things stand, so that it notices what changes."""
    states = [state for state in instance.all_instigator_state() if state.name == AUTOMATION]
    return any(instance.get_ticks(state.instigator_origin_id, state.selector_id) for state in states)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    place = Workplace(tmp_path)
    lay_out(build_city(5, 0.0005, ["2019-09"]), place.landing, "clean")
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    return place


def test_metrics_and_release_follow_a_return_that_was_read_again(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place.current
    monkeypatch.setenv("DAGSTER_HOME", str(place.data / "dagster"))
    with dg.DagsterInstance.get() as instance:
        with daemon(place) as process:
            wait_until(process, lambda: has_looked(instance))
            instance.report_runless_asset_event(dg.AssetMaterialization(form_key("pay"), partition=CELL))
            wait_until(process, lambda: any(run.is_finished for run in instance.get_runs(BY_ITSELF)))
        (run,) = instance.get_runs(BY_ITSELF)
        assert run.status is dg.DagsterRunStatus.SUCCESS
        made = {key.to_user_string() for key in run.asset_selection or ()}
        assert {"metrics/metric_values", "release/warehouse", "desk/feedback", "desk/board"} <= made
    assert place.current != before
