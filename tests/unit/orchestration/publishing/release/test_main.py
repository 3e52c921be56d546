"""`python -m orchestration.publishing.release` on small releases."""

import csv
import io
from collections.abc import Callable

import duckdb
import pytest

from ingest.settings import Settings
from orchestration.publishing.release import __main__ as command
from orchestration.publishing.release.publish import publish

Build = Callable[..., None]
VALUES = {("m1", "331000"): 1.0, ("m1", "331002"): 0.5, ("m2", "331000"): None}
CHANGED = {**VALUES, ("m1", "331002"): 0.75}
FIRST, SECOND = ("d1", "331002", "pay", 1), ("d2", "331002", "pay", 2)


@pytest.fixture
def releases(settings: Settings, build: Build, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two releases: the second has another document, and by it another value."""
    monkeypatch.setattr(command, "load_settings", lambda: settings)
    build(VALUES, [FIRST])
    before = publish(settings, lambda _: None)
    build(CHANGED, [FIRST, SECOND])
    return [before.release_id, publish(settings, lambda _: None).release_id]


def value(settings: Settings, release: str = "current") -> float:
    folder = (
        settings.published_dir / "current" if release == "current" else settings.published_dir / "releases" / release
    )
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as db:
        query = "select value from metrics.metric_values where metric_id = 'm1' and unit_code = '331002'"
        return float(db.sql(query).fetchall()[0][0])


def test_list_names_current_and_pinned(releases: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["pin", releases[0]]) == 0
    assert capsys.readouterr().out.strip().endswith(f"pinned/{releases[0]}")
    assert command.main(["list"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        [releases[0], "1", "documents", "pinned"],
        [releases[1], "2", "documents", "current"],
    ]
    assert command.main(["unpin", releases[0]]) == 0
    assert command.main(["unpin", releases[0]]) == 1
    assert "not pinned" in capsys.readouterr().err


def test_diff_tells_values_and_the_documents_that_caused_them(
    releases: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["diff", *releases]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    expected = {"metric_id": "m1", "unit_code": "331002", "previous_value": "0.5", "value": "0.75", "documents": "d2"}
    assert {name: row[name] for name in expected} == expected
    assert command.main(["diff", releases[0], releases[0]]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_verify_finds_every_kind_of_change(
    settings: Settings, releases: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["verify", releases[0]]) == 0
    capsys.readouterr()
    folder = settings.published_dir / "releases" / releases[0]
    (folder / "parquet" / "marts" / "dim_unit.parquet").unlink()
    (folder / "extra.txt").write_text("x", encoding="utf-8")
    (folder / "warehouse.duckdb").chmod(0o600)
    with open(folder / "warehouse.duckdb", "ab") as handle:
        handle.write(b"x")
    assert command.main(["verify", releases[0]]) == 1
    problems = capsys.readouterr().err
    assert "dim_unit.parquet：缺失" in problems and "extra.txt：不在清单中" in problems
    assert "warehouse.duckdb：内容已变" in problems and len(problems.splitlines()) == 3
    assert command.main(["verify", releases[1]]) == 0


def test_republish_makes_a_new_release_of_old_tables(
    settings: Settings, releases: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert value(settings) == 0.75
    assert command.main(["republish", releases[0]]) == 0
    assert value(settings) == 0.5
    assert value(settings, releases[1]) == 0.75
    capsys.readouterr()
    assert command.main(["list"]) == 0
    newest = capsys.readouterr().out.splitlines()[-1]
    assert newest.endswith(f"current, republished from {releases[0]}")
    with duckdb.connect(str(settings.published_dir / "current" / "warehouse.duckdb"), read_only=True) as db:
        revisions = db.sql(
            "select release_id, unit_code, previous_value, value, documents from metrics.revisions order by made_at"
        )
        assert revisions.fetchall() == [
            (releases[1], "331002", 0.5, 0.75, "d2"),
            (newest.split()[0], "331002", 0.75, 0.5, None),
        ]


@pytest.mark.parametrize("name", ["verify", "pin", "republish"])
def test_a_release_that_is_not_there_is_one_sentence(
    releases: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([name, "20200101T000000Z-00000000"]) == 1
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1 and releases[1] in error
