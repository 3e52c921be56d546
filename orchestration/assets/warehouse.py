"""The dbt project as assets: seeds, staging, marts, metrics and quality, with its data tests as blocking checks."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, DbtProject, dbt_assets

from ingest.errors import ConfigurationError
from ingest.files import private_dir
from ingest.reference import REPLACEABLE
from ingest.settings import DBT_DIR, Settings
from orchestration.automation import AFTER_UPSTREAM
from orchestration.locks import writing
from orchestration.pools import WRITER_POOL
from orchestration.surroundings import Surroundings, reporter

DBT_EXECUTABLE = Path(sys.executable).with_name("dbt")
PROJECT = DbtProject(project_dir=DBT_DIR, profiles_dir=DBT_DIR)


class FollowingTranslator(DagsterDbtTranslator):
    """Keys are schema and name, groups and owners stand in `dbt_project.yml`; models follow what they rest on."""

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition[Any] | None:
        return AFTER_UPSTREAM if dbt_resource_props["resource_type"] == "model" else None  # seeds rest on nothing


def build_arguments(settings: Settings) -> list[str]:
    """Arguments of `dbt build` in production: unit tests belong to development."""
    return [
        "build",
        "--exclude-resource-type",
        "unit_test",
        "--vars",
        json.dumps({"today": settings.today.isoformat()}),
    ]


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Environment of dbt: the lake it reads and the file it writes."""
    return {
        "EDU_LAKE_DIR": str(settings.lake_dir),
        "EDU_WAREHOUSE_PATH": str(settings.warehouse_path),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def project_dir(settings: Settings) -> Path:
    """The project, or a copy of it in which the seeds of EDU_SPEC_DIR stand for the project's own.

    A copy, because dbt writes what it ran beside a seed path that leads out of the project.
    """
    if settings.spec_dir is None:
        return DBT_DIR
    folder = settings.work_dir / "dbt_project"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DBT_DIR, folder, ignore=shutil.ignore_patterns("target", "logs"))
    for name in REPLACEABLE:
        if (replacement := settings.spec_dir / f"{name}.csv").exists():
            shutil.copyfile(replacement, folder / "seeds" / f"{name}.csv")
    return folder


def build_dbt_assets() -> dg.AssetsDefinition:
    """All of dbt as one set, so that a failed test stops whatever lies downstream of it.

    ConfigurationError when the project's manifest was not made.
    """
    if not PROJECT.manifest_path.exists():
        raise ConfigurationError(f"{PROJECT.manifest_path} is missing: run `make setup`.")
    translator = FollowingTranslator(settings=DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    @dbt_assets(
        manifest=PROJECT.manifest_path,
        dagster_dbt_translator=translator,
        exclude="resource_type:unit_test",
        pool=WRITER_POOL,
    )
    def warehouse(context: dg.AssetExecutionContext, surroundings: Surroundings) -> Iterator[Any]:
        settings, report = surroundings.settings(), reporter(context)
        with writing(settings, report):
            private_dir(settings.work_dir)
            os.environ.update(dbt_environment(settings))
            report("dbt 正在计算事实表与指标")
            dbt = dbt_resource(project_dir(settings))
            events = dbt.cli(
                build_arguments(settings), context=context, target_path=settings.work_dir / "dbt_target"
            ).stream()
            yield from with_row_counts(events, settings.warehouse_path)

    return warehouse


def with_row_counts(events: Iterable[Any], warehouse: Path) -> Iterator[Any]:
    """The events of a build with the row counts of its tables, once it is over: while dbt writes nobody else may read.

    One query for all of them, where dagster-dbt's `fetch_row_counts` makes one a table through an adapter that takes
    seconds to load. A build that failed has no counts (its database may not even open) and fails after its events.
    """
    seen: list[Any] = []
    failure = None
    try:
        seen.extend(events)
    except Exception as error:
        failure = error
    counts = {} if failure else _row_counts(warehouse)
    for event in seen:
        rows = counts.get(event.output_name) if isinstance(event, dg.Output) else None
        yield event if rows is None else event.with_metadata({**event.metadata, "dagster/row_count": rows})
    if failure:
        raise failure


def _row_counts(warehouse: Path) -> dict[str, int]:
    """Rows of every table, by the name of the output that stands for it."""
    with duckdb.connect(str(warehouse), read_only=True) as db:
        tables = db.sql("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    return {dg.AssetKey([schema, name]).to_python_identifier(): rows for schema, name, rows in tables}


def dbt_resource(project: Path = DBT_DIR) -> DbtCliResource:
    """The dbt of this environment, on a project."""
    return DbtCliResource(project_dir=str(project), profiles_dir=str(project), dbt_executable=str(DBT_EXECUTABLE))
