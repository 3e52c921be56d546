"""A city whose archive and lake lie on a real S3 server: DuckDB and the executors of a Spark cluster read the same objects."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.golden.conftest import CASES, make_world
from tests.integration.servers import S3Server
from tests.spark.cells import differences, in_release, tables_of
from tests.spark.engine import Place, on_cluster, require_java


def test_every_cell_of_every_table_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_java()
    (tmp_path / "s3").mkdir()
    server = S3Server(tmp_path / "s3")
    try:
        server.make_landing("edu")
        for name, value in (server.environment | {"EDU_LAKE_URL": server.url()}).items():
            monkeypatch.setenv(name, value)
        release = make_world("clean", tmp_path / "city").release
        landing, today = tmp_path / "city" / "landing", CASES["clean"][1]
        own_folder = tmp_path / "spark" / "data"
        own_folder.mkdir(parents=True)
        shutil.copy2(
            tmp_path / "city" / "data" / "ledger.sqlite", own_folder
        )  # what is known of the objects that lie there
        spark_release = on_cluster(Place(tmp_path / "spark"), landing, today, EDU_SPARK_LAKE_READER="fsspec")
    finally:
        server.stop()
    tables = tables_of(release)
    assert len(tables) == 39
    assert not [
        line
        for table in tables
        for line in differences(table, in_release(release, table), in_release(spark_release, table))
    ]
