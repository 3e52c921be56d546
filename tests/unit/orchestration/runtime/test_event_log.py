"""The kept event log holds what Dagster's own would, in the same files, and makes an engine once for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.runtime import event_log
from orchestration.runtime.event_log import KeptEventLogStorage


@dg.asset
def made() -> int:
    return 1


@dg.asset_check(asset=made)
def is_one() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """How many engines were made, by whom (ours, or Dagster's own code) and for which file."""
    counted = Counter[tuple[str, str]]()
    create = sqlalchemy.create_engine

    def counting(whose: str) -> Callable[..., sqlalchemy.Engine]:
        def make(url: Any, **options: Any) -> sqlalchemy.Engine:
            counted[whose, Path(str(url)).stem] += 1
            return create(url, **options)

        return make

    monkeypatch.setattr(event_log, "create_engine", counting("ours"))
    monkeypatch.setattr("dagster._core.storage.event_log.sqlite.sqlite_event_log.create_engine", counting("theirs"))
    return counted


@pytest.fixture
def instance(
    tmp_path: Path,
    engines: Counter[tuple[str, str]],  # noqa: ARG001 - counts from the start
) -> Iterator[dg.DagsterInstance]:
    config = {"module": KeptEventLogStorage.__module__, "class": KeptEventLogStorage.__name__}
    overrides = {"event_log_storage": {**config, "config": {"base_dir": str(tmp_path / "history" / "runs")}}}
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=overrides) as made_here:
        yield made_here


def test_of_each_file_there_is_one_engine_however_many_events(
    instance: dg.DagsterInstance, engines: Counter[tuple[str, str]]
) -> None:
    first = dg.materialize([made, is_one], instance=instance)
    second = dg.materialize([made, is_one], instance=instance)
    assert len(instance.all_logs(first.run_id)) > 10
    ours = {file: count for (whose, file), count in engines.items() if whose == "ours"}
    assert ours == {"index": 1, first.run_id: 1, second.run_id: 1}
    assert {file for whose, file in engines if whose == "theirs"} <= {"index"}, "a look at its tables, and no event"


@pytest.mark.usefixtures("engines")
def test_a_commit_waits_for_no_disk_and_files_keep_a_log_that_makes_it_safe(instance: dg.DagsterInstance) -> None:
    run_id = dg.materialize([made], instance=instance).run_id
    storage = instance.event_log_storage
    assert isinstance(storage, KeptEventLogStorage)
    for shard in (run_id, "index"):
        with storage._connect(shard) as connection:
            asked = [connection.exec_driver_sql(f"pragma {name}").scalar() for name in ("synchronous", "journal_mode")]
        assert asked == [1, "wal"]


def test_dagsters_own_storage_reads_what_was_written(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = dg.materialize([made, is_one], instance=instance).run_id
    theirs = SqliteEventLogStorage(str(tmp_path / "history" / "runs"))
    assert theirs.get_logs_for_run(run_id) == list(instance.all_logs(run_id))
    assert theirs.all_asset_keys() == [made.key]


@pytest.mark.usefixtures("engines")
def test_connections_of_runs_that_nobody_looks_at_any_more_are_closed(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "ENGINES_MAX", 2)
    runs = [dg.materialize([made], instance=instance).run_id for _ in range(4)]
    for run_id in runs:
        assert instance.all_logs(run_id)
    storage = instance.event_log_storage
    assert isinstance(storage, KeptEventLogStorage)
    assert len(storage._engines) == 2
