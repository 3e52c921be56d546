"""Revisions say what changed since the release before, and which documents caused it."""

from collections.abc import Callable

import duckdb

from ingest.settings import Settings
from orchestration.release.publish import publish

Build = Callable[..., None]
COLUMNS = "metric_id, unit_code, previous_value, value, documents"


def revisions(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as db:
        return db.sql(f"select {COLUMNS} from metrics.revisions order by all").fetchall()


def test_the_first_release_revises_nothing(settings: Settings, build: Build) -> None:
    build({("m1", "331000"): 1.0}, [("d1", "331002", "pay", 1)])
    publish(settings, lambda text: None)
    assert revisions(settings) == []


def test_a_change_names_the_documents_that_can_have_caused_it(settings: Settings, build: Build) -> None:
    build({("m1", "331000"): 1.0, ("m1", "331002"): 0.5, ("m1", "331003"): 0.5}, [("d1", "331002", "pay", 1)])
    publish(settings, lambda text: None)
    build(
        {("m1", "331000"): 2.0, ("m1", "331002"): None, ("m1", "331003"): 0.5},
        [
            ("d1", "331002", "pay", 1),
            ("d2", "331002", "pay;recognitions", 2),
            ("d3", "331003", "pay", 3),
            ("d4", "331002", "school_register", 4),
        ],
    )
    release = publish(settings, lambda text: None)
    assert revisions(settings) == [
        ("m1", "331000", 1.0, 2.0, "d2;d3"),
        ("m1", "331002", 0.5, None, "d2"),
    ]
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as db:
        assert db.sql("select distinct release_id from metrics.revisions").fetchall() == [(release.release_id,)]


def test_an_old_document_sent_again_is_a_cause(settings: Settings, build: Build) -> None:
    build({("m1", "331002"): 1.0}, [("d1", "331002", "pay", 1), ("d2", "331002", "pay", 2)])
    publish(settings, lambda text: None)
    build({("m1", "331002"): 2.0}, [("d1", "331002", "pay", 3), ("d2", "331002", "pay", 2)])
    publish(settings, lambda text: None)
    assert revisions(settings) == [("m1", "331002", 1.0, 2.0, "d1")]
