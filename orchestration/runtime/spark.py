"""Spark as the engine (EDU_ENGINE=spark): how its dbt is started."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from ingest.errors import ConfigurationError
from ingest.settings import Settings
from ingest.storage.files import private_dir


def dbt_executable(settings: Settings) -> Path:
    """The dbt of Spark's environment; ConfigurationError when it is not installed."""
    if not settings.spark_dbt.exists():
        raise ConfigurationError(
            f"EDU_ENGINE is spark, but there is no {settings.spark_dbt}: run `make .venv-spark/requirements.installed`, "
            "or name the dbt that has dbt-spark in EDU_SPARK_DBT."
        )
    return settings.spark_dbt


def spark_environment(settings: Settings) -> dict[str, str]:
    """What a session inside dbt reads: tables where they will be looked for, its metastore and log in the data folder.

    A cluster's Thrift server has a configuration of its own.
    """
    home = private_dir(settings.work_dir / "spark")
    options = {
        "spark.sql.warehouse.dir": settings.spark_warehouse,
        "spark.driver.defaultJavaOptions": f"-Dderby.system.home={shlex.quote(str(home))}",
    }
    return submit_arguments(options)


def submit_arguments(options: Mapping[str, str]) -> dict[str, str]:
    """The environment variable by which a session inside dbt takes Spark's options."""
    arguments = [part for name, value in options.items() for part in ("--conf", f"{name}={value}")]
    return {"PYSPARK_SUBMIT_ARGS": shlex.join([*arguments, "pyspark-shell"])}
