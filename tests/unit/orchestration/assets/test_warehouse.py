"""What dbt is given to work with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.settings import load_settings
from orchestration.assets.warehouse import DBT_COMMAND, dbt_environment, dbt_resource
from orchestration.runtime.duckdb_limits import MEMORY_LIMIT


def test_dbt_keeps_to_the_limits_that_suit_the_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    settings = load_settings({"EDU_DATA_DIR": str(tmp_path)})
    assert dbt_environment(settings)[MEMORY_LIMIT] == "300MB"
    lake = tmp_path / "lake" / "rows"
    lake.mkdir(parents=True)
    with (lake / "a.parquet").open("wb") as handle:
        handle.truncate(800 * 10**6)
    assert dbt_environment(settings)[MEMORY_LIMIT] == "600MB"
    named = load_settings({"EDU_DATA_DIR": str(tmp_path), MEMORY_LIMIT: "1GB"})
    assert dbt_environment(named)[MEMORY_LIMIT] == "1GB"


def test_dbt_is_started_as_a_program_of_its_own(tmp_path: Path) -> None:
    dbt = dbt_resource(load_settings({"EDU_DATA_DIR": str(tmp_path)}))
    told = subprocess.run(
        [dbt.dbt_executable, *dbt.global_config_flags, "--version"], capture_output=True, text=True, check=True
    )
    assert "duckdb" in told.stdout


def test_spark_is_computed_by_the_dbt_that_was_named_for_it(tmp_path: Path) -> None:
    spark_dbt = tmp_path / "dbt"
    spark_dbt.touch(mode=0o755)
    settings = load_settings(
        {"EDU_DATA_DIR": str(tmp_path / "data"), "EDU_ENGINE": "spark", "EDU_SPARK_DBT": str(spark_dbt)}
    )
    dbt = dbt_resource(settings)
    assert dbt.dbt_executable == sys.executable, "by the program that ends with its parent"
    assert (dbt.global_config_flags[1:], dbt.target) == ([str(DBT_COMMAND), str(spark_dbt)], "spark")
