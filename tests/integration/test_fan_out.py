"""Partitions of the returns are read by many runs at the same time: processes of the daemon's machine, or workers of Celery."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from ingest.contracts.contract import Contract
from ingest.lake.lake import Lake
from ingest.landing.ledger import Ledger, Reading
from ingest.settings import PROJECT_DIR, load_settings
from orchestration.runtime.locks import reading
from tests.integration.conftest import Workplace
from tests.integration.test_dagster_servers import WAIT_SECONDS, running, server, wait_until
from tests.releases import different_tables

BIN = Path(sys.executable).parent
PARTITIONS = [("2019-09", "331002"), ("2020-09", "331002"), ("2020-09", "331003")]
FAN_OUT = {"test": "fan out"}
WORKERS = 2


def celery_of(folder: Path) -> dict[str, str]:
    """Celery with a broker and results that need no server."""
    return {
        "EDU_DAGSTER_LAUNCHER": str(PROJECT_DIR / "deploy" / "dagster_celery.yaml"),
        "CELERY_BROKER_URL": f"sqla+sqlite:///{folder}/broker.sqlite",
        "CELERY_RESULT_BACKEND": f"db+sqlite:///{folder}/results.sqlite",
    }


@pytest.fixture(scope="module", params=["processes", "celery"])
def place(request: pytest.FixtureRequest, small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    root = tmp_path_factory.mktemp(request.param)
    place = Workplace(root, celery_of(root) if request.param == "celery" else {})
    place.changes["DAGSTER_HOME"] = str(place.data / "dagster")
    shutil.copytree(small_landing, place.landing)
    return place


@pytest.fixture(scope="module")
def runs(place: Workplace) -> list[dg.DagsterRun]:
    """Two backfills of the same partitions, of which one is held up; the sensors are off, so that nobody else reads."""
    home = place.data / "dagster"
    with ExitStack() as stack:
        daemon = stack.enter_context(server(place, "daemon"))
        wait_until(daemon, (home / "dagster.yaml").exists)
        for number in range(WORKERS if "CELERY_BROKER_URL" in place.changes else 0):
            stack.enter_context(celery_worker(place, number))
        together(place, [["sensor", "stop", name] for name in ("landing", "automation")])
        instance = stack.enter_context(dg.DagsterInstance.from_config(str(home)))

        def are_done(count: int) -> bool:
            found = instance.get_runs(dg.RunsFilter(tags=FAN_OUT))
            return sum(run.is_finished for run in found) == count

        with reading(load_settings(place.environment), PARTITIONS[:1]):
            backfill(place)
            wait_until(daemon, lambda: are_done(len(PARTITIONS) - 1))  # the others do not wait for the one
            backfill(place)
        wait_until(daemon, lambda: are_done(2 * len(PARTITIONS)))
        return list(instance.get_runs(dg.RunsFilter(tags=FAN_OUT)))


@contextmanager
def celery_worker(place: Workplace, number: int) -> Iterator[None]:
    """One of Celery's workers, which has its queue: of two that make it in SQLite at the same time one would fail."""
    name = f"celery-{number}"
    options = ["-P", "solo", "-n", f"{number}@%h", "-l", "INFO"]
    with running(place, name, [str(BIN / "celery"), "-A", "dagster_celery.app", "worker", *options]) as worker:
        wait_until(worker, lambda: " ready." in (place.root / f"{name}.log").read_text(encoding="utf-8"))
        yield


def backfill(place: Workplace) -> None:
    """Starts a run for each partition."""
    partitions = ",".join("|".join(partition) for partition in PARTITIONS)
    given = ["--partitions", partitions, "--tags", json.dumps(FAN_OUT), "--noprompt"]
    together(place, [["job", "backfill", "-j", "read_returns", *given]])


def together(place: Workplace, commands: list[list[str]]) -> None:
    """Runs commands of Dagster at the same time."""
    processes = [
        subprocess.Popen(
            [BIN / "dagster", *command, "-w", "workspace.yaml"],
            cwd=PROJECT_DIR,
            env=place.environment,
            stdout=subprocess.DEVNULL,
        )
        for command in commands
    ]
    assert [process.wait(WAIT_SECONDS) for process in processes] == [0] * len(commands)


def readings(place: Workplace) -> tuple[dict[tuple[str, str, str], Reading], int]:
    """What was read, and how many readings there ever were."""
    with Ledger(load_settings(place.environment).ledger_path) as ledger:
        return ledger.readings(), ledger.reserve_reading_ids(0) - 1


def test_all_runs_succeed(runs: list[dg.DagsterRun]) -> None:
    assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS] * 2 * len(PARTITIONS)


@pytest.mark.usefixtures("runs")
def test_every_document_was_read_once(place: Workplace, released: Workplace, contracts: dict[str, Contract]) -> None:
    read, ever = readings(place)
    assert set(read) == {document for document in readings(released)[0] if document[1:] in PARTITIONS}
    assert ever == len(read) == len({reading.reading_id for reading in read.values()})
    settings = load_settings(place.environment)
    assert Lake.of(settings, contracts).segments() == {reading.segment for reading in read.values()}
    sheets = [
        row
        for file in Path(settings.lake_location, "sheets").glob("*.parquet")
        for row in pq.read_table(file).to_pylist()
    ]
    keys = [(row["reading_id"], row["sheet_no"]) for row in sheets]
    assert len(keys) == len(set(keys))
    assert {key for key, _ in keys} <= {reading.reading_id for reading in read.values()}
    listed = pq.read_table(Path(settings.lake_location, "readings.parquet")).column("reading_id").to_pylist()
    assert sorted(listed) == sorted(reading.reading_id for reading in read.values())


@pytest.mark.usefixtures("runs")
def test_the_refresh_after_it_reads_the_rest_and_releases_what_one_alone_would(
    place: Workplace, released: Workplace
) -> None:
    before, _ = readings(place)
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    after, ever = readings(place)
    assert ever == len(after) and before.items() <= after.items()
    assert different_tables(place.current, released.current) == []
