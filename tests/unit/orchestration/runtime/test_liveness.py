"""A run whose process was killed is told apart from one that lives, and from one that has ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.resources import PipelineResource
from orchestration.runtime.liveness import ABANDONED_MESSAGE, RUN_LOCKS_DIR, alive, fail_abandoned_runs

LIVES = """
import sys, time
import dagster as dg
from orchestration.runtime.liveness import alive
with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
    with alive(instance, sys.argv[2]):
        print("alive", flush=True)
        time.sleep(600)
"""


@pytest.fixture
def instance(tmp_path: object) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def started(instance: dg.DagsterInstance) -> str:
    run = instance.create_run_for_job(dg.GraphDefinition("refresh").to_job(), status=dg.DagsterRunStatus.STARTED)
    return run.run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def test_a_run_whose_process_was_killed_is_marked_as_failed(instance: dg.DagsterInstance) -> None:
    run_id = started(instance)
    with subprocess.Popen(
        [sys.executable, "-c", LIVES, instance.root_directory, run_id], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdout.readline() == "alive\n"
        assert fail_abandoned_runs(instance) == []
        assert status(instance, run_id) is dg.DagsterRunStatus.STARTED
        os.kill(process.pid, signal.SIGKILL)
    assert fail_abandoned_runs(instance) == [run_id]
    assert status(instance, run_id) is dg.DagsterRunStatus.FAILURE
    assert ABANDONED_MESSAGE in [
        entry.dagster_event.message for entry in instance.all_logs(run_id) if entry.dagster_event
    ]
    assert fail_abandoned_runs(instance) == []


def test_what_nobody_watches_over_is_left_alone(instance: dg.DagsterInstance) -> None:
    run_id = started(instance)
    with alive(instance, run_id):
        pass
    assert fail_abandoned_runs(instance) == []
    assert status(instance, run_id) is dg.DagsterRunStatus.STARTED


def test_every_run_with_the_resource_is_watched_over(instance: dg.DagsterInstance) -> None:
    def living() -> list[str]:
        return [path.name for path in Path(instance.root_directory, RUN_LOCKS_DIR).iterdir()]

    @dg.asset
    def looks(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
        assert pipeline.settings()
        assert fail_abandoned_runs(instance) == []
        assert living() == [context.run_id]

    assert dg.materialize([looks], resources={"pipeline": PipelineResource()}, instance=instance).success
    assert living() == []
