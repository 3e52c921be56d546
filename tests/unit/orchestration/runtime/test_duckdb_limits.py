"""What DuckDB may hold, on machines and with data of any size."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.settings import DBT_DIR, Settings, load_settings
from orchestration.runtime import duckdb_limits
from orchestration.runtime.duckdb_limits import (
    MEMORY_LIMIT,
    PROCESSOR_MEMORY_MB,
    SCRATCH_LIMIT,
    apply_limits,
    lake_bytes,
    limits_for,
    memory_limit_mb,
)

MB = 10**6


def with_processors(patch: pytest.MonkeyPatch, count: int) -> None:
    patch.setattr("os.sched_getaffinity", lambda _: set(range(count)))


@given(st.integers(0, 10**12), st.integers(1, 256))
def test_memory_follows_processors_and_data_in_doublings(read_bytes: int, processors: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        with_processors(patch, processors)
        patch.setattr(duckdb_limits, "MACHINE_SHARE_MAX", 10**9)  # a machine that has whatever is asked for
        limit_mb = memory_limit_mb(read_bytes)
    least_mb = PROCESSOR_MEMORY_MB * processors
    assert (limit_mb // least_mb).bit_count() == 1 and limit_mb % least_mb == 0
    assert read_bytes / 2 <= limit_mb * MB < max(read_bytes, least_mb * MB + 1)


def test_memory_ends_with_that_of_the_machine() -> None:
    assert memory_limit_mb(10**15) == memory_limit_mb(10**14) < 10**8


@pytest.mark.parametrize(("said", "limit_mb"), [("1000000000\n", 600), ("max\n", None)])
def test_memory_ends_with_that_of_a_container(
    said: str, limit_mb: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_limits, "CONTAINER_LIMIT", tmp_path / "memory.max")
    of_machine = memory_limit_mb(10**15)
    (tmp_path / "memory.max").write_text(said)
    assert memory_limit_mb(10**15) == (limit_mb or of_machine)


def test_whoever_names_a_limit_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_processors(monkeypatch, 2)
    unsaid, said = load_settings({}), load_settings({MEMORY_LIMIT: "1GB", SCRATCH_LIMIT: "10GB"})
    assert limits_for(unsaid, 0) == {MEMORY_LIMIT: "300MB", SCRATCH_LIMIT: "100GB"}
    assert limits_for(unsaid, 800 * MB)[MEMORY_LIMIT] == "600MB"
    assert limits_for(said, 800 * MB) == {MEMORY_LIMIT: "1GB", SCRATCH_LIMIT: "10GB"}


def test_dbt_by_hand_may_spill_as_much() -> None:
    profiles = (DBT_DIR / "profiles.yml").read_text(encoding="utf-8")
    assert f"env_var('{SCRATCH_LIMIT}', '{Settings.scratch_limit}')" in profiles


def test_the_lake_is_all_of_its_files(tmp_path: Path) -> None:
    rows = tmp_path / "lake" / "rows"
    rows.mkdir(parents=True)
    (tmp_path / "lake" / "readings.parquet").write_bytes(b"123")
    (rows / "a.parquet").write_bytes(b"12345")
    assert lake_bytes(load_settings({"EDU_DATA_DIR": str(tmp_path)})) == 8


def test_what_goes_beyond_is_spilled_to_the_working_folder(tmp_path: Path) -> None:
    environment, database = {"EDU_DATA_DIR": str(tmp_path), MEMORY_LIMIT: "100MB"}, tmp_path / "warehouse.duckdb"
    numbers = "create or replace table numbers as select i from range(16_000_000) as t(i) order by hash(i)"
    database.touch()
    with duckdb.connect() as db:  # without a file the table itself, of over 100 MB, has nowhere else to go
        apply_limits(db, load_settings(environment), database)
        db.execute("set threads = 2")  # each takes some of it
        db.execute(numbers)
        assert list((tmp_path / "work" / "scratch").iterdir())
    with duckdb.connect() as db:
        apply_limits(db, load_settings(environment | {SCRATCH_LIMIT: "1MB"}), database)
        with pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"):
            db.execute(numbers)
