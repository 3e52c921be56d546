"""The Dagster instance: its home under the data folder, and where a run from the command line belongs."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from ingest.errors import ConfigurationError
from ingest.settings import PROJECT_DIR, Settings
from ingest.storage.files import private_dir, replacing
from orchestration.runtime.event_log import KeptEventLogStorage

INSTANCE = PROJECT_DIR / "orchestration" / "dagster.yaml"
STARTED_BY = {"edu/started_by": "command line"}


def prepare_home(settings: Settings) -> Path:
    """Dagster's home under the data folder, named in DAGSTER_HOME for this process and its children.

    Runs and events are stored there in SQLite, or in PostgreSQL where EDU_DAGSTER_POSTGRES_URL names a database. Runs are
    processes of this machine, unless EDU_DAGSTER_LAUNCHER names a file with Dagster's `run_launcher`; ConfigurationError when there
    is no such file.
    """
    home = private_dir(settings.data_dir / "dagster")
    text, config = _config(settings, home), home / "dagster.yaml"
    with open(home / ".starting.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with replacing(config) as target:
            target.write_text(text, encoding="utf-8")
            if not config.exists():  # two that start at once would both make Dagster's tables
                dg.DagsterInstance.from_config(str(home), target.name).dispose()
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def _config(settings: Settings, home: Path) -> str:
    parts = [INSTANCE.read_text(encoding="utf-8")]
    if settings.dagster_postgres_url:
        parts.append(INSTANCE.with_name("dagster_postgres.yaml").read_text(encoding="utf-8"))
    else:
        storage = {"module": KeptEventLogStorage.__module__, "class": KeptEventLogStorage.__name__}
        config = {"base_dir": str(home / "history" / "runs")}  # where Dagster's own would lie
        parts.append(yaml.safe_dump({"event_log_storage": {**storage, "config": config}}))
    if launcher := settings.dagster_launcher:
        if not launcher.is_file():
            raise ConfigurationError(f"EDU_DAGSTER_LAUNCHER is {str(launcher)!r}; there is no such file.")
        parts.append(launcher.read_text(encoding="utf-8"))
    return "".join(parts)


def show_under_job(instance: dg.DagsterInstance, repository: dg.RepositoryDefinition, job_name: str) -> None:
    """Has the runs that `instance` makes from now on belong to a job of the code location that `workspace.yaml` names.

    `execute_in_process` cannot be told an origin, and its class is none of Dagster's public ones: hence its stored form.
    """
    (location,) = yaml.safe_load((PROJECT_DIR / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    module = location["python_module"]
    target = {
        "__class__": "LoadableTargetOrigin",
        "executable_path": sys.executable,
        "module_name": module["module_name"],
        "working_directory": str(PROJECT_DIR),
        "python_file": None,
        "attribute": None,
        "package_name": None,
    }
    of_location = {
        "__class__": "ManagedGrpcPythonEnvRepositoryLocationOrigin",
        "loadable_target_origin": target,
        "location_name": module["location_name"],
    }
    of_repository = {
        "__class__": "ExternalRepositoryOrigin",
        "repository_location_origin": of_location,
        "repository_name": repository.name,
    }
    origin = {
        "__class__": "ExternalPipelineOrigin",
        "external_repository_origin": of_repository,
        "pipeline_name": job_name,
    }
    known: Any = dg.deserialize_value(json.dumps(origin))
    create = functools.partial(instance.create_run_for_job, remote_job_origin=known)
    instance.create_run_for_job = create  # type: ignore[method-assign]
