"""The Dagster instance: its home under the data folder, its event logs, and where a run from the command line belongs."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from ingest.errors import ConfigurationError
from ingest.settings import PROJECT_DIR, Settings
from ingest.storage.files import private_dir, replacing

INSTANCE = PROJECT_DIR / "orchestration" / "dagster.yaml"
POSTGRES_URL = "EDU_DAGSTER_POSTGRES_URL"
LAUNCHER = "EDU_DAGSTER_LAUNCHER"
STARTED_BY = {"edu/started_by": "command line"}


def prepare_home(settings: Settings) -> Path:
    """Dagster's home under the data folder, named in DAGSTER_HOME for this process and its children.

    Runs and events are stored there in SQLite, or in PostgreSQL where EDU_DAGSTER_POSTGRES_URL names a database. Runs are
    processes of this machine, unless EDU_DAGSTER_LAUNCHER names a file with Dagster's `run_launcher`; ConfigurationError when there
    is no such file.
    """
    parts = _parts_of_config()
    home = private_dir(settings.data_dir / "dagster")
    config = home / "dagster.yaml"
    with open(home / ".starting.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with replacing(config) as target:
            target.write_text("".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
            if not config.exists():  # two that start at once would both make Dagster's tables
                dg.DagsterInstance.from_config(str(home), target.name).dispose()
    os.environ["DAGSTER_HOME"] = str(home)
    return home


@contextmanager
def event_logs_open(instance: dg.DagsterInstance, *shards: str) -> Iterator[None]:
    """Keeps a connection to the SQLite files that Dagster writes of every event, those that are there.

    `index` has events of all runs, a run's own file is named by its id. Dagster opens and closes both hundreds of times a run, and
    whenever the last connection closes SQLite tidies up.
    """
    with ExitStack() as stack:
        for shard in shards:
            file = Path(instance.root_directory, "history", "runs", f"{shard}.db")
            if file.exists():
                connection = stack.enter_context(closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)))
                connection.execute(
                    "select count(*) from sqlite_master"
                ).fetchone()  # until its first use it is not open
        yield


def _parts_of_config() -> list[Path]:
    parts = [INSTANCE]
    if os.environ.get(POSTGRES_URL):
        parts.append(INSTANCE.with_name("dagster_postgres.yaml"))
    if launcher := os.environ.get(LAUNCHER):
        parts.append(Path(launcher))
        if not parts[-1].is_file():
            raise ConfigurationError(f"{LAUNCHER} is {launcher!r}; there is no such file.")
    return parts


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
