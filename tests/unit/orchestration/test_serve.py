"""The command lines of Dagster's servers."""

import pytest

from orchestration import serve


def test_a_ui_listens_on_the_loopback_address_unless_told_otherwise() -> None:
    line = serve.command("dev", {})
    assert line[0].endswith("/dagster") and line[1:] == ["dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", "3000"]
    assert serve.command("webserver", {"EDU_HOST": "0.0.0.0", "EDU_PORT": "80"})[-4:] == ["-h", "0.0.0.0", "-p", "80"]


def test_the_daemon_listens_nowhere() -> None:
    line = serve.command("daemon", {"EDU_PORT": "80"})
    assert line[0].endswith("/dagster-daemon") and line[1:] == ["run", "-w", "workspace.yaml"]


def test_an_unknown_server_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["desktop"]) == 1
    assert "webserver" in capsys.readouterr().err
