"""Dagster's own storage on a real PostgreSQL server: a run of the real job leaves its history there and none in SQLite."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from tests.integration.conftest import Workplace

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
OWNER = "postgres"  # the server refuses to run as root


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """Address of an empty database of a server on the loopback address."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL (Debian's postgresql) is not installed")
    bin_dir = PROGRAMS[-1]

    def run(program: str, *arguments: object) -> None:
        owner = OWNER if os.geteuid() == 0 else None
        subprocess.run(
            [bin_dir / program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, cwd="/", user=owner
        )

    folder = Path("/tmp") / f"edu-postgres-{os.getpid()}"
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(OWNER).pw_uid, -1)
    port = free_port()
    control = ("-D", folder / "data", "-w", "-s", "-l", folder / "log")
    run("initdb", "-D", folder / "data", "-U", OWNER, "-A", "trust")
    run("pg_ctl", *control, "-o", f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off", "start")
    try:
        yield f"127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", *control, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def test_the_history_of_a_refresh_lies_in_postgresql(database: str, tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.landing.mkdir()
    done = place.refresh(EDU_DAGSTER_POSTGRES_URL=f"postgresql+psycopg2://{OWNER}@{database}")
    assert done.returncode == 0, done.stderr
    with psycopg2.connect(f"postgresql://{OWNER}@{database}") as connection, connection.cursor() as cursor:
        cursor.execute("select pipeline_name, status from runs")
        assert cursor.fetchall() == [("refresh", "SUCCESS")]
        cursor.execute("select count(*) from event_logs where asset_key = %s", ('["release", "warehouse"]',))
        assert cursor.fetchone()[0] > 0  # type: ignore[index]
    home = place.data / "dagster"
    assert "EDU_DAGSTER_POSTGRES_URL" in (home / "dagster.yaml").read_text(encoding="utf-8")
    assert not list(home.rglob("*.db")), "nothing in SQLite, and no password in the file"
