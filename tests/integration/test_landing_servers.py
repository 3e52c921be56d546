"""The landing zone behind real servers, SFTP and S3: the same documents as from a folder, and one sentence for every trouble."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import fsspec
import pytest

from ingest.errors import LandingError, LandingUnreachableError
from ingest.landing.ledger import Ledger
from ingest.landing.listing import LandingFile, LandingZone, Listing
from ingest.pipeline.run import Ingest, IngestResult
from ingest.sample import build_city, lay_out
from ingest.settings import Settings
from orchestration.resources import PipelineResource
from orchestration.sensors.landing import PARTITIONS_TAG, build_landing_sensor
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
    set_environment(running, monkeypatch)
    running.make_landing(f"landing-{next(NUMBERS)}")
    return running


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    server = SftpServer(tmp_path / "sftp")
    set_environment(server, monkeypatch)
    server.make_landing("landing")
    yield server
    server.stop()


def set_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process had been started with it: fsspec reads it once."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    configuration: dict[str, Any] = {}
    fsspec.config.set_conf_env(configuration)
    monkeypatch.setattr("fsspec.config.conf", configuration)


def settings(url: str, data: Path) -> Settings:
    return Settings(url, data, date.fromisoformat(TODAY), pseudonym_key=KEY)


def ingest(url: str, data: Path) -> IngestResult:
    return Ingest(settings(url, data), lambda _: None).run()


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


def test_one_partition_is_listed_alone_and_need_not_be_there(server: Server) -> None:
    for path in (PATH, "2019-09/331000/a.csv", "2019-09/3310991/a.csv"):
        server.put(path, QUOTA.encode())
    listed = LandingZone(server.url()).list(["2019-09/331099", "2020-09/331099"])
    assert [file.path for file in listed.files] == [PATH]


def test_changes_are_seen_also_behind_the_same_name_and_size(server: Server, tmp_path: Path) -> None:
    versions = [QUOTA, QUOTA + "3310990002,100,20\n", QUOTA + "3310990002,100,30\n"]
    for number, text in enumerate(versions, start=1):
        wait_for_the_next_second()
        server.put(PATH, text.encode())
        assert ingest(server.url(), tmp_path / "data").intake.files_new == 1
        assert ingest(server.url(), tmp_path / "data").intake.files_new == 0
        assert len(arrivals(tmp_path / "data")) == number


@pytest.mark.parametrize("running", ["s3"], indirect=True)
def test_an_object_written_twice_in_a_second_has_another_key(server: Server) -> None:
    def written(quota: int) -> LandingFile:
        server.put(PATH, QUOTA.replace("70", str(quota)).encode())
        (file,) = LandingZone(server.url()).list().files
        return file

    looks = pairwise(map(written, range(10, 100)))
    before, after = next(look for look in looks if look[0].modified_at == look[1].modified_at)
    assert before.size_bytes == after.size_bytes and before.key != after.key


def test_a_ledger_from_before_etags_is_good_for_the_same_documents(server: Server, tmp_path: Path) -> None:
    server.put(PATH, QUOTA.encode())
    ingest(server.url(), tmp_path)
    before = arrivals(tmp_path)
    with sqlite3.connect(settings("", tmp_path).ledger_path) as ledger:
        ledger.execute("update files set modified_at = substr(modified_at, 1, ?)", [len("2020-10-01T00:00:00+00:00")])
    again = ingest(server.url(), tmp_path)
    assert again.intake.files_new == (1 if isinstance(server, S3Server) else 0), "S3 is looked at once more"
    assert again.documents_read == 0 and arrivals(tmp_path) == before
    assert ingest(server.url(), tmp_path).intake.files_new == 0


def test_the_sensor_asks_for_what_is_new(server: Server, tmp_path: Path) -> None:
    data = tmp_path / "data"
    overrides = {"EDU_LANDING_URL": server.url(), "EDU_DATA_DIR": str(data)}
    sensor = build_landing_sensor(dg.job(name="refresh")(lambda: None))
    cursor: str | None = None

    def asked() -> list[str]:
        nonlocal cursor
        resources = {"pipeline": PipelineResource(overrides=overrides)}
        with (
            dg.DagsterInstance.ephemeral() as instance,
            dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources) as context,
        ):
            result = sensor(context)
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
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    server.put(PATH, QUOTA.encode())
    zone = LandingZone(server.url())
    assert [file.path for file in zone.list().files] == [PATH]
    server.stop()
    try:
        looks: list[Callable[[], Listing]] = [zone.list, lambda: LandingZone(server.url()).list()]
        for look in looks:
            with pytest.raises(LandingUnreachableError) as caught:
                look()
            assert_one_sentence(caught.value)
    finally:
        server.start()
    assert [file.path for file in LandingZone(server.url()).list().files] == [PATH]


def test_a_wrong_password_is_one_sentence(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", WRONG)
    url = server.url(WRONG) if isinstance(server, SftpServer) else server.url()
    with pytest.raises(LandingError, match=r"Authentication failed|signature") as caught:
        LandingZone(url).list()
    assert_one_sentence(caught.value)
    assert_no_retry_helps(caught.value)


def test_no_password_at_all_is_one_sentence(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))  # where keys and accounts might lie
    with pytest.raises(LandingError, match=r"No authentication methods|locate credentials") as caught:
        LandingZone(server.url().replace(f":{PASSWORD}", "")).list()
    assert_one_sentence(caught.value)
    assert_no_retry_helps(caught.value)


def test_a_missing_folder_or_bucket_is_one_sentence(server: Server) -> None:
    with pytest.raises(LandingError, match=r"The landing zone .*-of-nobody does not exist\.") as caught:
        LandingZone(f"{server.url()}-of-nobody").list()
    assert_one_sentence(caught.value)
    assert_no_retry_helps(caught.value)


def test_a_server_on_no_list_is_refused_before_anything_is_said(sftp: SftpServer) -> None:
    sftp.list_keys([])
    for url in (sftp.url(), f"simplecache::{sftp.url()}"):
        with pytest.raises(
            LandingError, match=rf"not listed .* ssh-ed25519 SHA256:.*`ssh-keyscan -p {sftp.port}"
        ) as caught:
            LandingZone(url)
        assert_one_sentence(caught.value)
        assert_no_retry_helps(caught.value)
    assert not sftp.logins
    assert_no_connections(sftp)


def test_a_server_with_another_key_than_the_listed_one_is_refused(sftp: SftpServer) -> None:
    LandingZone(sftp.url()).list()
    sftp.stop()
    sftp.keys = [sftp.ssh.generate_private_key("ssh-ed25519")]
    sftp.start()
    sftp.logins.clear()
    with pytest.raises(
        LandingError, match=r"somebody may have come between.*`ssh-keygen -R .* && ssh-keyscan"
    ) as caught:
        LandingZone(sftp.url())
    assert_one_sentence(caught.value)
    assert_no_retry_helps(caught.value)
    assert not sftp.logins
    sftp.list_keys(sftp.keys)
    assert LandingZone(sftp.url()).list().files == ()


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"])
def test_one_listed_key_of_a_server_with_several_is_enough(sftp: SftpServer, kind: str) -> None:
    sftp.stop()
    kinds = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
    sftp.keys = [sftp.ssh.generate_private_key(each) for each in kinds]
    sftp.start()
    sftp.list_keys([key for key in sftp.keys if key.get_algorithm() == kind])
    assert LandingZone(sftp.url()).list().files == ()


def test_looking_again_and_again_leaves_no_connections(sftp: SftpServer) -> None:
    for _ in range(5):
        LandingZone(sftp.url()).list()
        with pytest.raises(LandingError):
            LandingZone(sftp.url(WRONG))
    assert_no_connections(sftp)


def assert_no_connections(sftp: SftpServer) -> None:
    deadline = time.monotonic() + 10
    while sftp.connections and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not sftp.connections


def test_a_server_that_says_nothing_is_given_up(sftp: SftpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.landing.sftp.SILENCE_SECONDS", 1)
    zone = LandingZone(sftp.url())
    with sftp.asleep(), pytest.raises(LandingUnreachableError, match="Timeout") as caught:
        zone.list()
    assert_one_sentence(caught.value)


def assert_one_sentence(error: LandingError) -> None:
    """One line that ends in a full stop; no password in it, nor in the causes that Dagster shows with it."""
    text = str(error)
    assert "\n" not in text and text.endswith(".") and not text.endswith("..")
    shown = "".join("".join(each.format_exception_only()) for each in causes(error))
    assert PASSWORD not in shown and WRONG not in shown


def assert_no_retry_helps(error: LandingError) -> None:
    assert not isinstance(error, LandingUnreachableError)


def causes(error: BaseException | None) -> Iterator[traceback.TracebackException]:
    while error:
        yield traceback.TracebackException.from_exception(error)
        error = error.__cause__ or error.__context__


def test_names_in_gbk_links_and_pipes_are_told_apart_on_sftp(sftp: SftpServer, tmp_path: Path) -> None:
    sftp.put("2019-09/331099/a.csv", QUOTA.encode())
    unit = sftp.root / sftp.landing / "2019-09" / "331099"
    folder = unit / os.fsdecode("报表".encode("gbk"))
    folder.mkdir()
    (folder / os.fsdecode("指标.csv".encode("gbk"))).write_bytes(QUOTA.replace("70", "80").encode())
    (unit / "链接").symlink_to("/etc")
    os.mkfifo(unit / "管道")
    listing = LandingZone(sftp.url()).list()
    assert [file.path for file in listing.files] == ["2019-09/331099/a.csv", "2019-09/331099/报表/指标.csv"]
    assert [each.path for each in listing.untaken] == ["2019-09/331099/管道", "2019-09/331099/链接"]
    assert ingest(sftp.url(), tmp_path).documents_read == 2
