"""Spark's session keeps to the data folder; a dbt of Spark that is not there is told in a sentence."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.errors import ConfigurationError
from ingest.settings import Settings
from orchestration.runtime import spark


def test_a_session_keeps_its_tables_and_metastore_in_the_data_folder(settings: Settings) -> None:
    settings = replace(settings, data_dir=settings.data_dir / "with a blank")
    options = shlex.split(spark.spark_environment(settings)["PYSPARK_SUBMIT_ARGS"])
    assert f"spark.sql.warehouse.dir={settings.spark_warehouse}" in options
    home = next(option for option in options if "derby.system.home" in option)
    assert shlex.split(home.partition("=")[2]) == [f"-Dderby.system.home={settings.work_dir / 'spark'}"]


def test_a_missing_dbt_of_spark_is_one_clear_sentence(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="EDU_SPARK_DBT"):
        spark.dbt_executable(replace(settings, spark_dbt=tmp_path / "dbt"))
