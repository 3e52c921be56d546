"""The dbt project as assets: seeds, staging, marts, metrics and quality, with its data tests as blocking checks."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, DbtProject, dbt_assets

from ingest.errors import ConfigurationError
from ingest.files import private_dir
from ingest.reference import REPLACEABLE
from ingest.settings import PROJECT_DIR, Settings
from orchestration.automation import AFTER_UPSTREAM
from orchestration.locks import writing
from orchestration.pools import WRITER_POOL
from orchestration.surroundings import Surroundings, reporter

DBT_DIR = PROJECT_DIR / "dbt_project"
DBT_EXECUTABLE = Path(sys.executable).with_name("dbt")
PROJECT = DbtProject(project_dir=DBT_DIR, profiles_dir=DBT_DIR)


class LayerTranslator(DagsterDbtTranslator):
    """Key and group of a model show its layer, which is the folder it lies in."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([self.get_group_name(dbt_resource_props), dbt_resource_props["name"]])

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition[Any] | None:
        """Models follow what they rest on; seeds rest on nothing."""
        return AFTER_UPSTREAM if dbt_resource_props["resource_type"] == "model" else None

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return dbt_resource_props["fqn"][1]


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
    translator = LayerTranslator(settings=DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

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
            yield from dbt.cli(
                build_arguments(settings), context=context, target_path=settings.work_dir / "dbt_target"
            ).stream()

    return warehouse


def dbt_resource(project: Path = DBT_DIR) -> DbtCliResource:
    """The dbt of this environment, on a project."""
    return DbtCliResource(project_dir=str(project), profiles_dir=str(project), dbt_executable=str(DBT_EXECUTABLE))
