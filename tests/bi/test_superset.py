"""`make test-bi`: a real Superset reads a release as `docs/bi.md` tells, and follows the next one by itself."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import duckdb
import pytest

from ingest.landing.ledger import Arrival, Ledger
from ingest.settings import PROJECT_DIR, load_settings
from orchestration.publishing.release.publish import publish
from tests.integration.conftest import Workplace
from tests.integration.servers import free_ports

SUPERSET = PROJECT_DIR / ".venv-bi" / "bin" / "superset"
STARTED_WITHIN_SECONDS = 180
PASSWORD = "made-up-secret"
CONFIG = """
SECRET_KEY = {key!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
"""


class Superset:
    """A running server, and its REST API for the administrator."""

    def __init__(self, url: str):
        self.url, self.headers = url, {"Content-Type": "application/json"}

    def is_healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = Request(f"{self.url}/api/v1/{path}", json.dumps(body).encode(), self.headers)
        try:
            with urlopen(request, timeout=120) as answer:
                return dict(json.load(answer))
        except HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from error

    def log_in(self) -> None:
        who = {"username": "admin", "password": PASSWORD, "provider": "db"}
        self.headers["Authorization"] = f"Bearer {self.post('security/login', who)['access_token']}"


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """A server with a fresh database of its own."""
    if not SUPERSET.exists():
        pytest.skip("Superset is not installed: make test-bi")
    folder = tmp_path_factory.mktemp("superset")
    config = folder / "superset_config.py"
    config.write_text(CONFIG.format(key=os.urandom(32).hex(), folder=folder), encoding="utf-8")
    environment = os.environ | {
        "SUPERSET_CONFIG_PATH": str(config),
        "SUPERSET_HOME": str(folder),
        "FLASK_APP": "superset",
    }
    person = ["--username", "admin", "--firstname", "A", "--lastname", "B", "--email", "admin@bureau.test"]
    with open(folder / "log", "wb") as log:

        def run(*arguments: str) -> list[str]:
            return [str(SUPERSET), *arguments]

        for step in (run("db", "upgrade"), run("fab", "create-admin", *person, "--password", PASSWORD), run("init")):
            subprocess.run(step, env=environment, stdout=log, stderr=log, check=True, cwd=folder)
        port = free_ports(1)[0]
        server = subprocess.Popen(run("run", "-p", str(port)), env=environment, stdout=log, stderr=log, cwd=folder)
        try:
            found = Superset(f"http://127.0.0.1:{port}")
            deadline = time.monotonic() + STARTED_WITHIN_SECONDS
            while not found.is_healthy():
                assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
                time.sleep(1)
            found.log_in()
            yield found
        finally:
            server.terminate()
            server.wait()


@pytest.fixture(scope="module")
def database(superset: Superset, released: Workplace) -> int:
    """The connection as the recipe tells to make it."""
    path: Path = released.data / "published" / "current" / "warehouse.duckdb"
    return int(
        superset.post(
            "database/",
            {
                "database_name": "education plan",
                "sqlalchemy_uri": f"duckdb:///{path}",
                "expose_in_sqllab": True,
                "extra": json.dumps({"engine_params": {"connect_args": {"read_only": True}}}),
            },
        )["id"]
    )


def test_a_chart_of_a_dataset_shows_the_figures_of_the_release(
    superset: Superset, database: int, released: Workplace
) -> None:
    table = {"database": database, "schema": "metrics", "table_name": "target_progress"}
    dataset = superset.post("dataset/", table)["id"]
    counts = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "metrics"}
    city = {"col": "unit_code", "op": "==", "val": "331000"}
    query = {"columns": ["collection_id", "status_zh"], "metrics": [counts], "filters": [city], "row_limit": 1000}
    body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "json"}
    rows = superset.post("chart/data", body)["result"][0]["data"]
    expected = released.query(
        "select collection_id, status_zh, count(*) as metrics from metrics.target_progress where unit_code = '331000' group by all"
    )
    assert sorted(map(str, rows)) == sorted(map(str, expected.to_dict("records")))
    assert len(rows) > 4


def test_the_next_release_is_read_without_touching_superset(
    superset: Superset, database: int, released: Workplace
) -> None:
    def count() -> int:
        body = {"database_id": database, "sql": "select count(*) as n from metrics.revisions", "runAsync": False}
        return int(superset.post("sqllab/execute/", body)["data"][0]["n"])

    assert count() == 0
    settings = load_settings(released.environment)
    with duckdb.connect(str(settings.warehouse_path)) as db:
        db.execute("update metrics.metric_values set value = value + 1 where value is not null")
    with Ledger(settings.ledger_path) as ledger:
        ledger.add_arrival(Arrival("new.csv", datetime.now(UTC), "new", 1, None, None))
    publish(settings, print)
    assert count() == released.query("select count(*) as n from metrics.revisions").n[0] > 0


def test_superset_cannot_write_into_a_release(superset: Superset, database: int) -> None:
    body = {"database_id": database, "sql": "delete from metrics.metric_values", "runAsync": False}
    with pytest.raises(AssertionError, match=r"(?i)read.only|not allowed|DML"):
        superset.post("sqllab/execute/", body)
