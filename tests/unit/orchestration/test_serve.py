"""The command lines of Dagster's servers."""

from pathlib import Path

import dagster as dg
import pytest

from ingest.settings import load_settings
from orchestration import serve
from orchestration.instance import prepare_home
from orchestration.resources import POOL_LIMITS, READER_POOL, WRITER_POOL


def test_a_ui_listens_on_the_loopback_address_unless_told_otherwise() -> None:
    line = serve.command("dev", load_settings({}))
    assert line[0].endswith("/dagster") and line[1:] == ["dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", "3000"]
    assert serve.command("webserver", load_settings({"EDU_HOST": "0.0.0.0", "EDU_PORT": "80"}))[-4:] == [
        "-h",
        "0.0.0.0",
        "-p",
        "80",
    ]


def test_the_daemon_listens_nowhere() -> None:
    line = serve.command("daemon", load_settings({"EDU_PORT": "80"}))
    assert line[0].endswith("/dagster-daemon") and line[1:] == ["run", "-w", "workspace.yaml"]


def test_an_unknown_server_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["desktop"]) == 1
    assert "webserver" in capsys.readouterr().err


def test_the_pools_have_their_limits_before_the_first_run_and_keep_what_was_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")  # what prepare_home sets goes with the test
    prepare_home(load_settings({"EDU_DATA_DIR": str(tmp_path)}))
    serve.limit_pools()
    with dg.DagsterInstance.get() as instance:
        storage = instance.event_log_storage
        assert {pool.name: pool.limit for pool in storage.get_pool_limits()} == POOL_LIMITS
        storage.set_concurrency_slots(READER_POOL, 40)
        serve.limit_pools()
        assert {pool.name: pool.limit for pool in storage.get_pool_limits()} == {WRITER_POOL: 1, READER_POOL: 40}
