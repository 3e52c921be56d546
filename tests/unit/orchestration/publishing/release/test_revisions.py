"""Revisions say what changed since the release before, and which documents caused it."""

from collections.abc import Callable

import duckdb

from ingest.settings import Settings
from orchestration.publishing.release.publish import publish

Build = Callable[..., None]
COLUMNS = "metric_id, unit_code, previous_value, value, documents"


def revisions(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as db:
        return db.sql(f"select {COLUMNS} from metrics.revisions order by all").fetchall()


def test_the_first_release_revises_nothing(settings: Settings, build: Build) -> None:
    build({("m1", "331000"): 1.0}, [("d1", "331002", "pay", 1)])
    publish(settings, lambda _: None)
    assert revisions(settings) == []


def test_a_change_names_the_documents_that_can_have_caused_it(settings: Settings, build: Build) -> None:
    build({("m1", "331000"): 1.0, ("m1", "331002"): 0.5, ("m1", "331003"): 0.5}, [("d1", "331002", "pay", 1)])
    publish(settings, lambda _: None)
    build(
        {("m1", "331000"): 2.0, ("m1", "331002"): None, ("m1", "331003"): 0.5},
        [
            ("d1", "331002", "pay", 1),
            ("d2", "331002", "pay;recognitions", 2),
            ("d3", "331003", "pay", 3),
            ("d4", "331002", "school_register", 4),
            ("d5", "331002", "student_roster", 5),
        ],
    )
    release = publish(settings, lambda _: None)
    assert revisions(settings) == [
        ("m1", "331000", 1.0, 2.0, "d2;d3;d4"),
        ("m1", "331002", 0.5, None, "d2;d4"),
    ]
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as db:
        assert db.sql("select distinct release_id from metrics.revisions").fetchall() == [(release.release_id,)]


def test_an_old_document_sent_again_is_a_cause(settings: Settings, build: Build) -> None:
    build({("m1", "331002"): 1.0}, [("d1", "331002", "pay", 1), ("d2", "331002", "pay", 2)])
    publish(settings, lambda _: None)
    build({("m1", "331002"): 2.0}, [("d1", "331002", "pay", 3), ("d2", "331002", "pay", 2)])
    publish(settings, lambda _: None)
    assert revisions(settings) == [("m1", "331002", 1.0, 2.0, "d1")]


def test_a_status_that_changes_while_the_value_stays_is_a_revision(settings: Settings, build: Build) -> None:
    build({("m1", "331002"): 1.0}, [("d1", "331002", "pay", 1)])
    publish(settings, lambda _: None)
    build({("m1", "331002"): 1.0}, [("d1", "331002", "pay", 1)])
    with duckdb.connect(str(settings.warehouse_path)) as db:
        db.execute("update metrics.target_progress set status = 'provisional', status_zh = '暂定'")
    publish(settings, lambda _: None)
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as db:
        found = db.sql(
            "select previous_value, value, previous_status, status, status_zh from metrics.revisions"
        ).fetchall()
    assert found == [(1.0, 1.0, "met", "provisional", "暂定")]


def test_revisions_of_earlier_releases_stay_with_the_time_they_were_made(settings: Settings, build: Build) -> None:
    releases = []
    for value in (1.0, 2.0, 3.0):
        build({("m1", "331002"): value}, [(f"d{value:.0f}", "331002", "pay", 1)])
        releases.append(publish(settings, lambda _: None))
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as db:
        query = "select release_id, made_at, previous_value, value, documents from metrics.revisions order by made_at"
        found = db.sql(query).fetchall()
    assert [row[0] for row in found] == [release.release_id for release in releases[1:]]
    assert [row[2:] for row in found] == [(1.0, 2.0, "d2"), (2.0, 3.0, "d3")]
    assert [f"{row[1]:%Y-%m-%dT%H:%M:%S}+00:00" for row in found] == [release.made_at for release in releases[1:]]


def test_a_release_of_an_earlier_version_is_compared_with_too(settings: Settings, build: Build) -> None:
    build({("m1", "331002"): 1.0}, [("d1", "331002", "pay", 1)])
    first = publish(settings, lambda _: None)
    database = settings.published_dir / "releases" / first.release_id / "warehouse.duckdb"
    database.chmod(0o600)
    lineage = "select * exclude document_collection_id from quality.lineage"
    with duckdb.connect(str(database)) as db:
        db.execute(
            "drop table metrics.revisions; create table metrics.revisions as select 'r' as release_id where false"
        )
        db.execute(f"create table quality.former as {lineage}; drop table quality.lineage")
        db.execute("alter table quality.former rename to lineage")
    build({("m1", "331002"): 2.0}, [("d2", "331002", "pay", 2)])
    publish(settings, lambda _: None)
    assert revisions(settings) == [("m1", "331002", 1.0, 2.0, "d2")]
