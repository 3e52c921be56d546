"""A release is whole, immutable and swapped in atomically; a failure leaves the last one."""

import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from ingest.landing.ledger import Ledger, Reading
from ingest.settings import Settings
from orchestration.publishing.manifest import current_release, read_manifest
from orchestration.publishing.release import publish as publish_module
from orchestration.publishing.release.publish import publish

Build = Callable[..., None]
VALUES = {("m1", "331000"): 1.0, ("m1", "331002"): 0.5, ("m2", "331000"): None}
DOCUMENTS = [("d1", "331002", "pay", 1)]


def quiet(text: str) -> None:
    assert text


def test_a_release_holds_the_released_schemas_and_nothing_else(settings: Settings, build: Build) -> None:
    build(VALUES, DOCUMENTS)
    publish(settings, quiet)
    release = current_release(settings)
    assert release is not None
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        schemas = {row[0] for row in db.sql("select distinct schema_name from duckdb_tables()").fetchall()}
        comments = dict(db.sql("select table_name, comment from duckdb_tables()").fetchall())
        value = db.sql(
            "select comment from duckdb_columns() where table_name = 'metric_values' and column_name = 'value'"
        )
        assert schemas == {"marts", "metrics", "quality"}
        assert comments["metric_values"].startswith("指标值。键：metric_id, collection_id, unit_code；One row a metric")
        assert value.fetchall() == [
            (
                "指标值；Value, in double precision, never rounded.；来源 source：models/metrics/metric_values.sql 计算 computed",
            )
        ]
        assert db.sql("select count(*) from metrics.metric_values").fetchall() == [(3,)]
    assert pq.read_table(release / "parquet" / "metrics" / "metric_values.parquet").num_rows == 3


def test_the_manifest_has_the_digest_and_rows_of_every_file(settings: Settings, build: Build) -> None:
    build(VALUES, DOCUMENTS)
    manifest = publish(settings, quiet)
    release = settings.published_dir / "releases" / manifest.release_id
    on_disk = {str(p.relative_to(release)) for p in release.rglob("*") if p.is_file()} - {"manifest.json"}
    assert {file.path for file in manifest.files} == on_disk
    for file in manifest.files:
        assert hashlib.sha256((release / file.path).read_bytes()).hexdigest() == file.sha256
    rows = {file.path: file.rows for file in manifest.files}
    assert rows["parquet/metrics/metric_values.parquet"] == 3
    assert manifest.pseudonym_key_fingerprint == "0123456789abcdef"
    assert [(d.document_id, d.received_at) for d in manifest.documents] == [("d1", "2020-10-01T10:00:00Z")]
    assert json.loads((release / "manifest.json").read_text(encoding="utf-8"))["release_id"] == manifest.release_id
    assert read_manifest(release) == manifest


def test_files_of_a_release_cannot_be_written(settings: Settings, build: Build) -> None:
    build(VALUES, DOCUMENTS)
    manifest = publish(settings, quiet)
    release = settings.published_dir / "releases" / manifest.release_id
    modes = {stat.S_IMODE(path.stat().st_mode) for path in release.rglob("*") if path.is_file()}
    assert modes == {0o444}


def test_a_reader_keeps_the_release_it_opened(settings: Settings, build: Build) -> None:
    build(VALUES, DOCUMENTS)
    publish(settings, quiet)
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as reader:
        build({**VALUES, ("m1", "331000"): 7.0}, DOCUMENTS)
        publish(settings, quiet)
        query = "select value from metrics.metric_values where metric_id = 'm1' and unit_code = '331000'"
        assert reader.sql(query).fetchall() == [(1.0,)]
        with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as newer:
            assert newer.sql(query).fetchall() == [(7.0,)]


def test_of_the_same_inputs_no_release_is_made(settings: Settings, build: Build) -> None:
    build(VALUES, DOCUMENTS)
    told: list[str] = []
    first = publish(settings, quiet)
    assert publish(settings, told.append) == first
    assert [path.name for path in (settings.published_dir / "releases").iterdir()] == [first.release_id]
    assert first.release_id in told[0] and "没有新内容" in told[0]


def test_a_document_that_can_be_read_at_last_is_something_new(settings: Settings, build: Build) -> None:
    build(VALUES, DOCUMENTS)
    place = ("d1", "2020-09", "331002")
    with Ledger(settings.ledger_path) as ledger:
        ledger.add_readings([Reading(1, *place, "v", False, "内存不足", "s", ())])
    first = publish(settings, quiet)
    with Ledger(settings.ledger_path) as ledger:
        ledger.add_readings([Reading(2, *place, "v", True, None, "s", ("pay",))])
    assert publish(settings, quiet).release_id != first.release_id


def test_a_failure_leaves_the_last_release(settings: Settings, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build(VALUES, DOCUMENTS)
    first = publish(settings, quiet)

    def fail(_: Path) -> None:
        raise OSError("disk full")

    build(VALUES, DOCUMENTS)

    with monkeypatch.context() as failing, pytest.raises(OSError, match="disk full"):
        failing.setattr(publish_module, "_seal", fail)
        publish(settings, quiet)
    assert current_release(settings) == settings.published_dir / "releases" / first.release_id
    publish(settings, quiet)
    assert not list((settings.published_dir / "releases").glob(".*"))
