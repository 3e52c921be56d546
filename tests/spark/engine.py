"""The refresh with Spark as its engine: in a session inside dbt, or on a standalone cluster on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ingest.settings import DBT_DIR, PROJECT_DIR
from tests.golden.conftest import refresh
from tests.integration.servers import free_ports

VENV = PROJECT_DIR / ".venv-spark"
HOST = "127.0.0.1"
WAIT_SECONDS = 120
WORKERS = 2
SPARK_PACKAGE = "org.apache.spark"
JVM = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
# Tables of a few thousand rows: what costs is planning, compiling and starting tasks, not the rows.
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.master.rest.enabled": "false",
    "spark.driver.host": HOST,
    "spark.driver.bindAddress": HOST,
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": JVM,
    "spark.executor.extraJavaOptions": JVM,
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@dataclass(frozen=True)
class Place:
    """A folder with Spark's configuration, the warehouse that it fills, and logs."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse"

    @property
    def environment(self) -> dict[str, str]:
        """What Spark's programs read: nobody but this machine reaches their ports."""
        (package,) = VENV.glob("lib/python*/site-packages/pyspark")
        own = {"SPARK_HOME": str(package), "SPARK_CONF_DIR": str(self.folder / "conf"), "SPARK_LOCAL_IP": HOST}
        python = {"PYSPARK_PYTHON": str(VENV / "bin" / "python"), "PYTHONPATH": str(DBT_DIR / "spark")}
        return os.environ | own | python

    def configure(self, master: str) -> None:
        """Writes the configuration for all that is started from here."""
        settings = SETTINGS | {"spark.master": master, "spark.sql.warehouse.dir": str(self.warehouse)}
        (self.folder / "conf").mkdir(parents=True)
        lines = [f"{name} {value}\n" for name, value in settings.items()]
        (self.folder / "conf" / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")

    def refresh(self, landing: Path, today: date, **changes: str) -> Path:
        """The real refresh of a landing zone; the release. All of the build but unit tests must have run."""
        left = self.warehouse / "metrics.db" / "metric_values"  # by a build that was killed before the metastore knew
        left.mkdir(parents=True)
        (left / "part-00000.parquet").write_bytes(b"PAR1")
        own = {"EDU_ENGINE": "spark", "EDU_SPARK_WAREHOUSE": str(self.warehouse)}
        release = refresh(landing, self.folder / "data", today, **self.environment | own | changes)
        results = self.folder / "data" / "work" / "dbt_target" / "run_results.json"
        nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
        assert {node["status"] for node in nodes} <= {"success", "pass", "no-op"}
        kinds = [node["unique_id"].split(".")[0] for node in nodes]
        assert kinds.count("model") > 90 and kinds.count("seed") > 10 and kinds.count("test") >= 50
        return release


def require_java() -> None:
    """Skips where there is no Java; the rest comes from PyPI (`make test-spark`)."""
    if not shutil.which("java"):
        pytest.skip("Java (Debian's openjdk-17-jre-headless) is not installed")


def in_session(place: Place, landing: Path, today: date) -> Path:
    """Spark inside dbt; the release."""
    place.configure("local[2]")
    return place.refresh(landing, today, EDU_SPARK_METHOD="session")


def on_cluster(place: Place, landing: Path, today: date, **changes: str) -> Path:
    """A master, two workers and a Thrift server that dbt talks to; the release, of tables that the workers wrote."""
    with cluster(place) as port:
        release = place.refresh(
            landing, today, EDU_SPARK_METHOD="thrift", EDU_SPARK_HOST=HOST, EDU_SPARK_PORT=str(port), **changes
        )
    at_work = [worker for worker in place.folder.glob("worker-*") if list(worker.glob("app-*/*"))]
    assert len(at_work) == WORKERS
    return release


@contextmanager
def cluster(place: Place) -> Iterator[int]:
    """A standalone cluster; the port of its Thrift server."""
    master, thrift = free_ports(2)
    place.configure(f"spark://{HOST}:{master}")
    with ExitStack() as stack:
        ports = ("--host", HOST, "--webui-port", "0")
        stack.enter_context(
            server(place, "master", master, "spark-class", _deployed("master.Master"), *ports, "--port", str(master))
        )
        for number in range(WORKERS):
            own = ("--cores", "1", "--memory", "1g", "--work-dir", str(place.folder / f"worker-{number}"))
            started = ("spark-class", _deployed("worker.Worker"), *ports, *own, f"spark://{HOST}:{master}")
            stack.enter_context(server(place, f"worker-{number}", None, *started))
        main = ("--class", f"{SPARK_PACKAGE}.sql.hive.thriftserver.HiveThriftServer2", "spark-internal")
        bound = (f"hive.server2.thrift.port={thrift}", f"hive.server2.thrift.bind.host={HOST}")
        options = [part for setting in bound for part in ("--hiveconf", setting)]
        stack.enter_context(server(place, "thrift", thrift, "spark-submit", *main, *options))
        yield thrift


def _deployed(name: str) -> str:
    return f"{SPARK_PACKAGE}.deploy.{name}"


@contextmanager
def server(place: Place, name: str, port: int | None, program: str, *arguments: str) -> Iterator[None]:
    """A program of Spark in a session of its own, which is ended with all its children; it listens on `port` when this returns."""
    log = place.folder / f"{name}.log"
    with open(log, "wb") as sink:
        process = subprocess.Popen(
            [Path(place.environment["SPARK_HOME"]) / "bin" / program, *arguments],
            cwd=place.folder,
            env=place.environment,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while port and not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Spark's {name} does not start: {log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.2)
        yield
    finally:
        _end(process)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks the group to stop, and stops what is left of it."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
            process.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
