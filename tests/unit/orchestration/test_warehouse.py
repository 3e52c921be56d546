"""What dbt is given to work with."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ingest.settings import load_settings
from orchestration.assets.warehouse import dbt_resource


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
    assert (dbt.dbt_executable, dbt.global_config_flags, dbt.target) == (str(spark_dbt), [], "spark")
