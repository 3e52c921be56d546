"""A refresh that fails in dbt ends as an e-mail: the real job, Dagster's storage on disk, a real SMTP conversation."""

from __future__ import annotations

import email
import shutil
import socket
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from aiosmtpd.controller import Controller

from ingest.settings import PROJECT_DIR
from orchestration.resources import PipelineResource
from orchestration.sensors.alerts import build_run_failure_sensor
from tests.integration.conftest import Workplace

RECIPIENTS = ["desk@bureau.test", "it@bureau.test"]


class Postbox:
    """What an SMTP server took in: recipients and message."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        self.received.append((envelope.rcpt_tos, message))
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[int, Postbox]]:
    postbox = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield port, postbox
    controller.stop()


def tick(place: Workplace, cursor: str | None) -> Any:
    """What the daemon does, with an instance opened anew as after a restart."""
    pipeline = PipelineResource(overrides={"EDU_DATA_DIR": str(place.data)})
    with (
        dg.DagsterInstance.from_config(str(place.data / "dagster")) as instance,
        dg.build_sensor_context(instance, cursor, resources={"pipeline": pipeline}) as context,
    ):
        return build_run_failure_sensor().evaluate_tick(context)


def test_a_refresh_that_fails_is_told_by_mail(
    tmp_path: Path, mail: tuple[int, Postbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, postbox = mail
    address = f"mailto://127.0.0.1:{port}/?smtp=127.0.0.1&mode=insecure&from=monitor@bureau.test"
    monkeypatch.setenv("EDU_NOTIFY_URLS", f"{address}&to={','.join(RECIPIENTS)}")
    place = Workplace(tmp_path)
    place.landing.mkdir()
    home = place.data / "dagster"
    home.mkdir(parents=True)
    shutil.copyfile(PROJECT_DIR / "orchestration" / "dagster.yaml", home / "dagster.yaml")
    before = tick(place, None)

    (place.data / "work" / "warehouse.duckdb").mkdir(parents=True)  # a folder that dbt cannot open
    done = place.refresh()
    assert done.returncode == 1, done.stderr
    after = tick(place, before.cursor)
    tick(place, after.cursor)

    assert [recipients for recipients, _ in postbox.received] == [[each] for each in RECIPIENTS], "each once"
    message = postbox.received[0][1]
    assert message["Subject"] == "【教育监测】任务失败：refresh"
    lines = message.get_content().splitlines()
    assert lines[0] == "任务失败（run failed）：refresh"
    assert lines[2].startswith("原因：步骤 warehouse：") and lines[2].endswith(
        "Is a directory。请检查磁盘、路径和权限。"
    )
    assert lines[3] == "已发布的版本不受影响（the last release stays）：尚无（none yet）"
    assert lines[4].startswith("下一步：")
