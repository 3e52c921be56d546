"""What dbt is given to work with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.settings import load_settings
from orchestration.assets import warehouse
from orchestration.assets.warehouse import PROCESSOR_MEMORY_MB, dbt_environment, dbt_resource, memory_limit_mb

MB = 10**6


def with_processors(patch: pytest.MonkeyPatch, count: int) -> None:
    patch.setattr("os.sched_getaffinity", lambda _: set(range(count)))


@given(st.integers(0, 10**12), st.integers(1, 256))
def test_memory_follows_processors_and_the_lake_in_doublings(lake_bytes: int, processors: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        with_processors(patch, processors)
        patch.setattr(warehouse, "MACHINE_SHARE_MAX", 10**9)  # a machine that has whatever is asked for
        limit_mb = memory_limit_mb(lake_bytes)
    least_mb = PROCESSOR_MEMORY_MB * processors
    assert (limit_mb // least_mb).bit_count() == 1 and limit_mb % least_mb == 0
    assert lake_bytes / 2 <= limit_mb * MB < max(lake_bytes, least_mb * MB + 1)


def test_memory_ends_with_that_of_the_machine() -> None:
    assert memory_limit_mb(10**15) == memory_limit_mb(10**14) < 10**8


@pytest.mark.parametrize(("said", "limit_mb"), [("1000000000\n", 600), ("max\n", None)])
def test_memory_ends_with_that_of_a_container(
    said: str, limit_mb: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "CONTAINER_LIMIT", tmp_path / "memory.max")
    of_machine = memory_limit_mb(10**15)
    (tmp_path / "memory.max").write_text(said)
    assert memory_limit_mb(10**15) == (limit_mb or of_machine)


def test_whoever_names_a_limit_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_processors(monkeypatch, 2)
    settings = load_settings({"EDU_DATA_DIR": str(tmp_path)})
    lake = tmp_path / "lake" / "rows"
    lake.mkdir(parents=True)
    monkeypatch.delenv("EDU_MEMORY_LIMIT", raising=False)
    assert dbt_environment(settings)["EDU_MEMORY_LIMIT"] == "300MB"
    with (lake / "a.parquet").open("wb") as handle:
        handle.truncate(800 * MB)
    assert dbt_environment(settings)["EDU_MEMORY_LIMIT"] == "600MB"
    monkeypatch.setenv("EDU_MEMORY_LIMIT", "1GB")
    assert dbt_environment(settings)["EDU_MEMORY_LIMIT"] == "1GB"


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
