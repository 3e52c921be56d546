"""Messages to people: which services are meant, what goes out to each, and what is said when one fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ingest.errors import ConfigurationError
from orchestration.runtime import notify
from orchestration.runtime.notify import load_targets, send

TITLE = "任务失败：refresh"
BODY = "步骤 release：没有空间\n下一步：清理磁盘"
FULL_TITLE = f"【教育监测】{TITLE}"


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> list[requests.PreparedRequest]:
    """What would have gone out; every service answers 200."""
    sent = []

    def keep(_: requests.Session, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        sent.append(request)
        response = requests.Response()
        response.status_code, response.url, response.request = 200, str(request.url), request
        response._content = b'{"errcode": 0}'
        return response

    monkeypatch.setattr(requests.Session, "send", keep)
    return sent


@pytest.fixture
def webhook() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A server that keeps what is posted to it; under /broken it answers 500."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append({"path": self.path, **json.loads(body)})
            self.send_response(500 if self.path.startswith("/broken") else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, received
    server.shutdown()
    server.server_close()


def urls(text: str) -> list[str]:
    return [service.url() for service in load_targets(text)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def only(requested: list[requests.PreparedRequest]) -> tuple[str, dict[str, Any]]:
    """Address and JSON of the one request."""
    [request] = requested
    assert request.method == "POST" and request.url and request.body
    assert str(request.headers["Content-Type"]).startswith("application/json")
    assert isinstance(request.body, str | bytes)
    return request.url, json.loads(request.body)


@pytest.mark.parametrize("text", ["", " ,\n"])
def test_nobody_is_told_unless_somebody_is_named(text: str) -> None:
    assert not load_targets(text)


def test_urls_stand_apart_by_white_space_and_may_hold_commas() -> None:
    first, second, third = urls(
        "mailto://mail.test/?from=x@mail.test&to=a@b.test,c@b.test, json://hook.test/a,b\n\tfeishu://t-1"
    )
    assert "a%40b.test" in first and "c%40b.test" in first
    assert second.startswith("json://hook.test/a%2Cb")
    assert third.startswith("feishu://t-1/")


def test_a_file_holds_one_url_a_line(tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text("feishu://t-1\n\nwecombot://k-1\n", encoding="utf-8")
    assert [url.split("?")[0] for url in urls(f"file:{file}")] == ["feishu://t-1/", "wecombot://k-1/"]


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError, match="/nowhere/urls"):
        load_targets("file:/nowhere/urls")


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense://hidden-token",
        "hidden-token",
        "dingtalk://hidden-token!",
        "https://oapi.dingtalk.com/robot/send?access_token=hidden-token",
        "json://hook.test,feishu://hidden-token",
    ],
)
def test_a_url_that_cannot_be_used_is_told_by_its_position_only(
    bad: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ConfigurationError, match="URL 2 of EDU_NOTIFY_URLS") as raised:
        load_targets(f"feishu://t-1 {bad}")
    told = "".join([str(raised.value), caplog.text, *capfd.readouterr()])
    assert "hidden-token" not in told


def test_a_webhook_gets_title_and_body(webhook: tuple[int, list[dict[str, Any]]]) -> None:
    port, received = webhook
    assert send(load_targets(f"json://127.0.0.1:{port}/hook"), TITLE, BODY) == []
    assert [(each["path"], each["title"], each["message"]) for each in received] == [("/hook", FULL_TITLE, BODY)]


def test_one_that_fails_is_named_without_its_secrets_and_stops_no_other(
    webhook: tuple[int, list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    port, received = webhook
    text = (
        f"json://u:hidden@127.0.0.1:{port}/broken json://u:hidden@127.0.0.1:{free_port()}/ json://127.0.0.1:{port}/hook"
    )
    failed = send(load_targets(text), TITLE, BODY)
    assert failed == ["第1个 JSON", "第2个 JSON"]
    assert "hidden" not in caplog.text
    assert {each["path"] for each in received} == {"/broken", "/hook"}


def test_dingtalk(requested: list[requests.PreparedRequest]) -> None:
    assert send(load_targets("dingtalk://token123"), TITLE, BODY) == []
    url, message = only(requested)
    assert url == "https://oapi.dingtalk.com/robot/send?access_token=token123"
    assert message["msgtype"] == "text"
    assert message["text"] == {"content": f"{FULL_TITLE}\r\n{BODY}"}


def test_dingtalk_with_a_signature(requested: list[requests.PreparedRequest]) -> None:
    send(load_targets("dingtalk://SEC456@token123"), TITLE, BODY)
    query = parse_qs(urlsplit(only(requested)[0]).query)
    [timestamp], [signature] = query["timestamp"], query["sign"]
    expected = hmac.new(b"SEC456", f"{timestamp}\nSEC456".encode(), hashlib.sha256).digest()
    assert base64.b64decode(signature, validate=True) == expected


def test_wecom(requested: list[requests.PreparedRequest]) -> None:
    assert send(load_targets("wecombot://key-1"), TITLE, BODY) == []
    url, message = only(requested)
    assert url == "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=key-1"
    assert message == {"msgtype": "text", "text": {"content": f"{FULL_TITLE}\r\n{BODY}"}}


def test_wecom_gets_no_more_than_it_takes(requested: list[requests.PreparedRequest]) -> None:
    send(load_targets("wecombot://key-1"), TITLE, "检查未通过\n" * 1000)
    content = only(requested)[1]["text"]["content"]
    assert content.startswith(f"{FULL_TITLE}\r\n检查未通过")
    assert 1500 < len(content.encode()) <= 2048


def test_feishu(requested: list[requests.PreparedRequest]) -> None:
    assert send(load_targets("feishu://token-1"), TITLE, BODY) == []
    url, message = only(requested)
    assert url.rstrip("/") == "https://open.feishu.cn/open-apis/bot/v2/hook/token-1"
    assert message == {"msg_type": "text", "content": {"text": f"{FULL_TITLE}\r\n{BODY}"}}


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("", 1, "nobody is told"),
        ("nonsense://x", 1, "URL 1"),
        ("json://127.0.0.1:{port}/broken", 1, "第1个 JSON"),
        ("json://127.0.0.1:{port}/hook", 0, "已发给 1 处"),
    ],
)
def test_the_trial_message(
    text: str,
    status: int,
    told: str,
    webhook: tuple[int, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EDU_NOTIFY_URLS", text.format(port=webhook[0]))
    assert notify.main() == status
    assert told in "".join(capsys.readouterr())
