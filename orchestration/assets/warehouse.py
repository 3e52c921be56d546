"""The dbt project as assets: seeds, staging, marts, metrics and quality, with its data tests as blocking checks."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from packaging.version import Version

from ingest.errors import ConfigurationError
from ingest.reference import REPLACEABLE
from ingest.settings import DBT_DIR, SPARK, Settings
from ingest.storage.files import private_dir
from orchestration.automation import AFTER_UPSTREAM
from orchestration.publishing.spark_tables import drop_leftover_tables, import_spark_tables
from orchestration.resources import WRITER_POOL, PipelineResource, reporter
from orchestration.runtime.duckdb_limits import lake_bytes, limits_for
from orchestration.runtime.locks import writing
from orchestration.runtime.retries import retry_transient_errors
from orchestration.runtime.spark import dbt_executable, spark_environment

DBT_COMMAND = Path(__file__).parents[1] / "runtime" / "dbt_command.py"
PROJECT = DbtProject(project_dir=DBT_DIR, profiles_dir=DBT_DIR)
BUILD = ["build", "--exclude-resource-type", "unit_test"]  # unit tests belong to development
ROW_COUNT = re.compile(r"\S+ has (\d+) rows")


class FollowingTranslator(DagsterDbtTranslator):
    """Keys are schema and name, groups and owners stand in `dbt_project.yml`; models follow what they rest on."""

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition[Any] | None:
        """When Dagster builds it by itself: a model after what it rests on, anything else never."""
        return AFTER_UPSTREAM if dbt_resource_props["resource_type"] == "model" else None  # seeds rest on nothing

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the table is, without the SQL that makes it."""
        return str(dbt_resource_props["description"])

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """The check of a dbt test, described in the words that the test has for people."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=told_of_test(manifest["nodes"][unique_id]))


def told_of_test(test: Mapping[str, Any]) -> str:
    """What a data test looks for: a sentence of its own, or what the table promises."""
    promised = (test.get("test_metadata") or {"kwargs": {}})["kwargs"]
    sentences = []
    if key := promised.get("key"):
        sentences.append(f"键不重复（no two rows share a key）：{', '.join(key)}")
    if parents := promised.get("parents"):
        named = "；".join(f"{', '.join(parent['columns'])} → {parent['to']}" for parent in parents)
        sentences.append(f"引用的行都存在（what these columns name is there）：{named}")
    if values := promised.get("values"):
        sentences.append(f"只有已知的代码（no code but the known ones）：{', '.join(values)}")
    # dbt's partial parsing may lose the description of a singular test
    return "。".join(sentences) or str(test["description"] or test["name"].replace("_", " "))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Environment of dbt: the day, the lake it reads, what it writes and what it may hold meanwhile.

    Not `--vars`: dbt would parse the whole project again each day.
    """
    engine = spark_environment(settings) if settings.engine == SPARK else {}
    return {
        **engine,
        **limits_for(settings, lake_bytes(settings)),
        "EDU_TODAY": settings.today.isoformat(),
        "EDU_LAKE_DIR": settings.lake_location,
        "EDU_WAREHOUSE_PATH": str(settings.warehouse_path),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_LOG_LEVEL_FILE": "none",  # Dagster keeps what dbt says; a file of the same cost a twentieth of a build
    }


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for a child process that is started meanwhile; a long-lived parent gets its own back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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


def start_afresh(settings: Settings) -> None:
    """All of the working database will be written: a broken one, or one that somebody has open, is in nobody's way."""
    for path in (settings.warehouse_path, settings.warehouse_path.with_name(f"{settings.warehouse_path.name}.wal")):
        path.unlink(missing_ok=True)


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
    def warehouse(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> Iterator[Any]:
        settings, report = pipeline.settings(), reporter(context)
        with writing(settings, report), retry_transient_errors():
            private_dir(settings.work_dir)
            report("dbt 正在计算事实表与指标")
            if settings.engine == SPARK:
                drop_leftover_tables(settings, (key.path for key in context.selected_asset_keys))
            if (
                context.selected_asset_keys >= warehouse.keys
            ):  # not `context.assets_def`: of a part that has its keys alone
                start_afresh(settings)
            dbt, target = dbt_resource(settings), settings.work_dir / "dbt_target"
            with environment(dbt_environment(settings)):
                invocation = dbt.cli(BUILD, context=context, target_path=target)
            yield from asset_events(invocation)
            if settings.engine == SPARK:
                import_spark_tables(settings, report)

    return warehouse


def asset_events(invocation: DbtCliInvocation) -> Iterator[Any]:
    """Dagster's events of a dbt build as they happen; a table or seed tells its rows (macro `tell_row_count`) before it is finished.

    dagster-dbt's own `fetch_row_counts` asks through an adapter that takes seconds to load, and while dbt writes nobody else may read.
    """
    rows: dict[str, int] = {}
    for event in invocation.stream_raw_events():
        if found := ROW_COUNT.fullmatch(event.raw_event["info"]["msg"]):
            rows[event.raw_event["data"]["node_info"]["unique_id"]] = int(found[1])
        for asset_event in event.to_default_asset_events(
            invocation.manifest,
            invocation.dagster_dbt_translator,
            invocation.context,
            invocation.target_path,
            invocation.project,
        ):
            if isinstance(asset_event, dg.Output):
                counted = rows.get(str(asset_event.metadata["unique_id"].value))
                known = {} if counted is None else {"dagster/row_count": counted}
                yield asset_event.with_metadata({**asset_event.metadata, **known})
            else:
                yield asset_event


class LeanDbt(DbtCliResource):
    """dagster-dbt's resource without what it does before each call: a process that asks for dbt's version, and an adapter.

    Nothing here needs the adapter (`fetch_row_counts` and `fetch_column_metadata` would); together they cost three seconds a run.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def dbt_resource(settings: Settings) -> LeanDbt:
    """The dbt of the engine, on the project; ConfigurationError when it is not installed."""
    project = str(project_dir(settings))
    other = (dbt_executable(settings).absolute(),) if settings.engine == SPARK else ()
    executable, *script = map(str, (sys.executable, "-P", DBT_COMMAND, *other))
    return LeanDbt(
        project_dir=project,
        profiles_dir=project,
        dbt_executable=executable,
        global_config_flags=script,  # what dagster-dbt puts between the executable and `build`
        target=settings.engine,
    )
