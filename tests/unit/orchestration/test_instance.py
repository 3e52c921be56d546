"""Dagster's home: its configuration is laid together from the project's and what the pipeline name."""

import os
from pathlib import Path

import dagster as dg
import kubernetes
import pytest
from dagster_celery.launcher import CeleryRunLauncher
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job

from ingest.errors import ConfigurationError
from ingest.settings import PROJECT_DIR, load_settings
from orchestration.instance import prepare_home
from orchestration.runtime.event_log import KeptEventLogStorage

DEPLOY = PROJECT_DIR / "deploy"


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """What prepare_home sets goes with the test."""
    monkeypatch.setenv("DAGSTER_HOME", "")


@dg.job
def does_nothing() -> None:
    """A job for a run."""


def instance(folder: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.from_config(str(prepare_home(load_settings(os.environ | {"EDU_DATA_DIR": str(folder)}))))


def test_runs_are_processes_of_this_machine_and_only_pools_limit_them(tmp_path: Path) -> None:
    with instance(tmp_path) as here:
        assert type(here.run_launcher).__name__ == "DefaultRunLauncher"
        queue = here.get_concurrency_config().run_queue_config
        assert queue is not None and queue.max_concurrent_runs == -1


def test_runs_are_tasks_of_celery_where_its_launcher_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDU_DAGSTER_LAUNCHER", str(DEPLOY / "dagster_celery.yaml"))
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://broker//")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://results/1")
    with instance(tmp_path) as there:
        launcher = there.run_launcher
        assert isinstance(launcher, CeleryRunLauncher)
        assert (launcher.broker, launcher.backend) == ("amqp://broker//", "redis://results/1")


def test_runs_are_jobs_of_kubernetes_where_its_launcher_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster and the client's models take the configuration; no cluster is asked."""
    monkeypatch.setenv("EDU_DAGSTER_LAUNCHER", str(DEPLOY / "dagster_kubernetes.yaml"))
    monkeypatch.setattr(kubernetes.config, "load_incluster_config", lambda: None)
    with instance(tmp_path) as there:
        launcher = there.run_launcher
        assert isinstance(launcher, K8sRunLauncher)
        context = K8sContainerContext.create_for_run(dg.DagsterRun("read_returns"), launcher, include_run_tags=False)
        settings = context.get_k8s_job_config(launcher.job_image, launcher)
        job = construct_dagster_k8s_job(settings, ["dagster"], "run", user_defined_k8s_config=context.run_k8s_config)
    pod = job.spec.template.spec
    (container,) = pod.containers
    mounted = {mount.mount_path: mount.name for mount in container.volume_mounts if mount.name in ("data", "landing")}
    assert mounted == {"/data": "data", "/landing": "landing"}
    assert {"data", "landing"} <= {volume.name for volume in pod.volumes}
    assert ("EDU_DATA_DIR", "/data") in {(variable.name, variable.value) for variable in container.env}
    assert job.spec.ttl_seconds_after_finished == 86400


def test_a_launcher_that_is_not_there_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDU_DAGSTER_LAUNCHER", "deploy/dagster_nomad.yaml")
    with pytest.raises(ConfigurationError, match=r"EDU_DAGSTER_LAUNCHER is 'deploy/dagster_nomad\.yaml'"):
        instance(tmp_path)


def test_the_event_log_is_the_kept_one_unless_there_is_another_store(tmp_path: Path) -> None:
    with instance(tmp_path) as here:
        assert isinstance(here.event_log_storage, KeptEventLogStorage)
    with instance(tmp_path) as again:  # as another process finds it
        assert isinstance(again.event_log_storage, KeptEventLogStorage)
