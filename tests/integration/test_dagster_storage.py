"""Dagster's own storage on a real PostgreSQL server: a run of the real job leaves its history there and none in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from tests.integration.conftest import Workplace
from tests.integration.servers import postgres_server


@pytest.fixture
def database() -> Iterator[str]:
    with postgres_server() as url:
        yield url


def test_the_history_of_a_refresh_lies_in_postgresql(database: str, tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.landing.mkdir()
    done = place.refresh(EDU_DAGSTER_POSTGRES_URL=database.replace("postgresql:", "postgresql+psycopg2:"))
    assert done.returncode == 0, done.stderr
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("select pipeline_name, status from runs")
        assert cursor.fetchall() == [("refresh", "SUCCESS")]
        cursor.execute("select count(*) from event_logs where asset_key = %s", ('["release", "warehouse"]',))
        assert cursor.fetchone()[0] > 0
    home = place.data / "dagster"
    assert "EDU_DAGSTER_POSTGRES_URL" in (home / "dagster.yaml").read_text(encoding="utf-8")
    assert not list(home.rglob("*.db")), "nothing in SQLite, and no password in the file"
