"""Archive and lake on a real S3 server: the same release as from folders, and one sentence when the server says no or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import s3fs

from ingest.errors import StorageError, StorageUnreachableError
from ingest.pipeline.run import Ingest
from ingest.settings import Settings
from tests.integration.conftest import KEY, TODAY, Workplace
from tests.integration.servers import PASSWORD, USER, S3Server
from tests.releases import different_tables

BASE = "edu/monitor"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.make_landing("edu")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def away(server: S3Server, small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A data folder whose archive and lake lie on the server, with one release; tests of this module add to it in order."""
    place = Workplace(tmp_path_factory.mktemp("away"), server.environment | {"EDU_LAKE_URL": f"s3://{BASE}"})
    shutil.copytree(small_landing, place.landing)
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    return place


def objects(server: S3Server, folder: str) -> set[str]:
    filesystem = s3fs.S3FileSystem(
        endpoint_url=server.endpoint, key=USER, secret=PASSWORD, skip_instance_cache=True, use_listings_cache=False
    )
    return {path.removeprefix(f"{BASE}/{folder}/") for path in filesystem.find(f"{BASE}/{folder}")}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def settings(place: Workplace) -> Settings:
    return Settings(
        str(place.landing), place.data, date.fromisoformat(TODAY), pseudonym_key=KEY, lake_url=f"s3://{BASE}"
    )


def test_the_release_is_the_same_cell_by_cell(away: Workplace, released: Workplace) -> None:
    assert different_tables(away.current, released.current) == []


def test_documents_and_rows_lie_on_the_server_and_nowhere_else(
    server: S3Server, away: Workplace, released: Workplace
) -> None:
    assert objects(server, "archive") == files(released.data / "archive")
    here, there = files(released.data / "lake"), objects(server, "lake")
    assert {Path(name).parent for name in there} == {Path(name).parent for name in here} and len(there) == len(here)
    assert not (away.data / "archive").exists() and not (away.data / "lake").exists()
    assert files(away.data / "work" / "copies") == set()


def test_feedback_workbooks_are_the_same(away: Workplace, released: Workplace) -> None:
    assert files(away.data / "feedback") == files(released.data / "feedback") != set()


def test_nothing_new_publishes_nothing(away: Workplace) -> None:
    before = away.current
    assert "nothing new" in away.refresh().stdout
    assert away.current == before


@pytest.mark.parametrize("changes", [{"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, {"EDU_LAKE_URL": "s3://of-nobody/x"}])
def test_a_server_that_says_no_is_one_sentence_and_leaves_the_last_release(
    away: Workplace, changes: dict[str, str]
) -> None:
    before, new = away.current, away.landing / "2020-09" / "331002" / "再来.pdf"
    new.write_bytes(b"%PDF-1.6")
    done = away.refresh(**changes)
    new.unlink()
    assert done.returncode == 1 and away.current == before
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stdout + done.stderr
    assert "s3://" in done.stderr and "refresh failed" in done.stderr
    assert "wrong-secret" not in done.stderr and PASSWORD not in done.stderr


def test_a_server_that_is_away_is_one_sentence_and_costs_nothing(
    server: S3Server, away: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (server.environment | {"AWS_MAX_ATTEMPTS": "1"}).items():
        monkeypatch.setenv(name, value)
    before = objects(server, "lake")
    server.stop()
    try:
        with pytest.raises(StorageUnreachableError, match=rf"^s3://{BASE}/lake [^\n]*\.$") as caught:
            Ingest(settings(away), lambda _: None).run()
        assert isinstance(caught.value, StorageError) and PASSWORD not in str(caught.value)
    finally:
        server.start()
    assert Ingest(settings(away), lambda _: None).run().documents_read == 0
    assert objects(server, "lake") == before


def test_a_feedback_workbook_that_comes_back_is_read_beside_its_document(server: S3Server, away: Workplace) -> None:
    before, archived = away.current, objects(server, "archive")
    workbook = next((away.data / "feedback" / "2020-09" / "331002").glob("*（反馈 *.xlsx"))
    shutil.copyfile(workbook, away.landing / "2020-09" / "331002" / "回复.xlsx")
    done = away.refresh()
    assert done.returncode == 0, done.stderr
    assert away.current != before and len(objects(server, "archive") - archived) == 1
    came_back = away.query("select reason from quality.documents where path like '%回复.xlsx'")
    assert came_back.reason.str.startswith("退回的反馈表").all() and len(came_back) == 1
    assert files(away.data / "work" / "copies") == set()
