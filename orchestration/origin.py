"""Where a run comes from, for runs that no server of Dagster started: without it the UI shows them only in the list of all runs."""

from __future__ import annotations

import functools
import json
import sys
from typing import Any

import dagster as dg
import yaml

from ingest.settings import PROJECT_DIR

STARTED_BY = {"edu/started_by": "command line"}


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
