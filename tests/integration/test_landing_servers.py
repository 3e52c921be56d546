"""The landing zone behind real servers, SFTP and S3: the same documents as from a folder, and one sentence for every trouble."""

from __future__ import annotations

import shutil
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import dagster as dg
import pytest

from ingest.errors import LandingError
from ingest.landing.ledger import Ledger
from ingest.landing.listing import LandingZone
from ingest.run import Ingest, IngestResult
from ingest.sample import build_city, lay_out
from ingest.settings import Settings
from orchestration.sensors.landing import PARTITIONS_TAG, build_landing_sensor
from orchestration.surroundings import Surroundings
from tests.integration.conftest import KEY, TODAY
from tests.integration.servers import PASSWORD, S3Server, SftpServer

WRONG = "wrong-secret"
NUMBERS = count()
UNITS = ("331000", "331099")
PATH = "2019-09/331099/报送 #1?/100%.csv"
QUOTA = "学校标识码,招生计划数,指标数\n3310990001,100,70\n"

Server = SftpServer | S3Server


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two units of a made-up city sent, with the kinds of documents that real ones send."""
    folder = tmp_path_factory.mktemp("city") / "landing"
    lay_out(build_city(21, 0.0005, ["2019-09"]), folder, "faulty")
    for unit in (folder / "2019-09").iterdir():
        if unit.name not in UNITS:
            shutil.rmtree(unit)
    return folder


@pytest.fixture(scope="module", params=["sftp", "s3"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(request.param)
    server = SftpServer(folder) if request.param == "sftp" else S3Server(folder)
    yield server
    server.stop()


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server with an empty landing zone, and the environment that its clients need."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in getattr(running, "environment", {}).items():
        monkeypatch.setenv(name, value)
    running.make_landing(f"landing-{next(NUMBERS)}")
    return running


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    server = SftpServer(tmp_path / "sftp")
    server.make_landing("landing")
    yield server
    server.stop()


def settings(url: str, data: Path) -> Settings:
    return Settings(url, data, date.fromisoformat(TODAY), pseudonym_key=KEY)


def ingest(url: str, data: Path) -> IngestResult:
    return Ingest(settings(url, data), lambda text: None).run()


def arrivals(data: Path) -> Counter[tuple[str, str]]:
    with Ledger(settings("", data).ledger_path) as ledger:
        return Counter((arrival.path, arrival.document_id) for arrival in ledger.arrivals())


def wait_for_the_next_second() -> None:
    """Both servers tell modification times in whole seconds."""
    time.sleep(1.1 - time.time() % 1)


def test_documents_are_the_same_as_from_a_folder(server: Server, city: Path, tmp_path: Path) -> None:
    for path in filter(Path.is_file, city.rglob("*")):
        server.put(path.relative_to(city).as_posix(), path.read_bytes())
    if isinstance(server, S3Server):
        server.put("2019-09/331099/", b"")  # how S3 tools show an empty folder
    here, there = ingest(str(city), tmp_path / "here"), ingest(server.url(), tmp_path / "there")
    assert arrivals(tmp_path / "there") == arrivals(tmp_path / "here")
    assert there.rows_read == here.rows_read and there.rows_read.total() > 100
    assert there.issues == here.issues and there.rejected == here.rejected
    again = ingest(server.url(), tmp_path / "there")
    assert (again.intake.files_new, again.documents_read) == (0, 0)


def test_changes_are_seen_also_behind_the_same_name_and_size(server: Server, tmp_path: Path) -> None:
    versions = [QUOTA, QUOTA + "3310990002,100,20\n", QUOTA + "3310990002,100,30\n"]
    for number, text in enumerate(versions, start=1):
        wait_for_the_next_second()
        server.put(PATH, text.encode())
        assert ingest(server.url(), tmp_path / "data").intake.files_new == 1
        assert ingest(server.url(), tmp_path / "data").intake.files_new == 0
        assert len(arrivals(tmp_path / "data")) == number


def test_the_sensor_asks_for_what_is_new(server: Server, tmp_path: Path) -> None:
    data = tmp_path / "data"
    overrides = {"EDU_LANDING_URL": server.url(), "EDU_DATA_DIR": str(data)}
    sensor = build_landing_sensor(dg.job(name="refresh")(lambda: None))
    cursor: str | None = None

    def asked() -> list[str]:
        nonlocal cursor
        resources = {"surroundings": Surroundings(overrides=overrides)}
        with dg.DagsterInstance.ephemeral() as instance:
            result = sensor(dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources))
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
        return [run.tags[PARTITIONS_TAG] for run in result.run_requests or []]

    assert asked() == []
    server.put(PATH, QUOTA.encode())
    assert [asked(), asked(), asked()] == [[], ["2019-09|331099"], []]
    ingest(server.url(), data)
    wait_for_the_next_second()
    server.put(PATH, QUOTA.replace("70", "80").encode())
    assert [asked(), asked()] == [[], ["2019-09|331099"]]


def test_a_server_that_stops_is_one_sentence_and_one_that_comes_back_is_used_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    server.put(PATH, QUOTA.encode())
    zone = LandingZone(server.url())
    assert [file.path for file in zone.list()] == [PATH]
    server.stop()
    try:
        for look in (zone.list, lambda: LandingZone(server.url()).list()):
            with pytest.raises(LandingError) as caught:
                look()
            assert_one_sentence(caught.value)
    finally:
        server.start()
    assert [file.path for file in LandingZone(server.url()).list()] == [PATH]


def test_a_wrong_password_is_one_sentence(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", WRONG)
    url = server.url(WRONG) if isinstance(server, SftpServer) else server.url()
    with pytest.raises(LandingError, match=r"Authentication failed|signature") as caught:
        LandingZone(url).list()
    assert_one_sentence(caught.value)


def test_a_missing_folder_or_bucket_is_one_sentence(server: Server) -> None:
    with pytest.raises(LandingError, match=r"The landing zone .*-of-nobody does not exist\.") as caught:
        LandingZone(f"{server.url()}-of-nobody").list()
    assert_one_sentence(caught.value)


def test_looking_again_and_again_leaves_no_connections(sftp: SftpServer) -> None:
    for _ in range(5):
        LandingZone(sftp.url()).list()
    deadline = time.monotonic() + 10
    while sftp.connections and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not sftp.connections


def test_a_server_that_says_nothing_is_given_up(sftp: SftpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.landing.listing.SILENCE_SECONDS", 1)
    zone = LandingZone(sftp.url())
    with sftp.asleep(), pytest.raises(LandingError, match="Timeout") as caught:
        zone.list()
    assert_one_sentence(caught.value)


def assert_one_sentence(error: LandingError) -> None:
    """One line that ends in a full stop; no password in it, nor in the causes that Dagster shows with it."""
    text = str(error)
    assert "\n" not in text and text.endswith(".") and not text.endswith("..")
    shown = "".join("".join(each.format_exception_only()) for each in causes(error))
    assert PASSWORD not in shown and WRONG not in shown


def causes(error: BaseException | None) -> Iterator[traceback.TracebackException]:
    while error:
        yield traceback.TracebackException.from_exception(error)
        error = error.__cause__ or error.__context__
