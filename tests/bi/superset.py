"""A real Superset with a database of its own, and its REST API for the administrator."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ingest.settings import PROJECT_DIR
from tests.integration.servers import free_ports

PROGRAM = PROJECT_DIR / ".venv-bi" / "bin" / "superset"
STARTED_WITHIN_SECONDS = 180
USER, PASSWORD = "admin", "made-up-secret"
CONFIG = """
SECRET_KEY = {key!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
BABEL_DEFAULT_LOCALE = "zh"
LANGUAGES = {{"zh": {{"flag": "cn", "name": "中文"}}}}
"""


class Superset:
    """A running server; AssertionError when it refuses what is posted."""

    def __init__(self, folder: Path):
        self.folder, self.url = folder, f"http://127.0.0.1:{free_ports(1)[0]}"
        self.headers = {"Content-Type": "application/json"}
        config = folder / "superset_config.py"
        config.write_text(CONFIG.format(key=os.urandom(32).hex(), folder=folder), encoding="utf-8")
        own = {"SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(folder), "FLASK_APP": "superset"}
        self.environment = os.environ | own

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [str(PROGRAM), *arguments], env=self.environment, stdout=log, stderr=log, cwd=self.folder
            )

    def run(self, *arguments: str) -> None:
        assert self.start(*arguments).wait() == 0, self.end_of_log()

    def end_of_log(self) -> str:
        return self.log.read_text(encoding="utf-8")[-2000:]

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
        who = {"username": USER, "password": PASSWORD, "provider": "db"}
        self.headers["Authorization"] = f"Bearer {self.post('security/login', who)['access_token']}"


@contextmanager
def running_superset(folder: Path) -> Iterator[Superset]:
    """A server in an empty folder, until the block ends."""
    superset = Superset(folder)
    person = ["--username", USER, "--firstname", "A", "--lastname", "B", "--email", "admin@bureau.test"]
    superset.run("db", "upgrade")
    superset.run("fab", "create-admin", *person, "--password", PASSWORD)
    superset.run("init")
    server = superset.start("run", "-p", superset.url.rpartition(":")[2])
    try:
        deadline = time.monotonic() + STARTED_WITHIN_SECONDS
        while not superset.is_healthy():
            assert server.poll() is None and time.monotonic() < deadline, superset.end_of_log()
            time.sleep(1)
        superset.log_in()
        yield superset
    finally:
        server.terminate()
        server.wait()
