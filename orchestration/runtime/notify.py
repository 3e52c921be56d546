"""Telling people, by whatever service the bureau uses: an apprise URL for each, in EDU_NOTIFY_URLS.

`python -m orchestration.runtime.notify` sends a trial message.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote

import apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot

from ingest.errors import ConfigurationError, PipelineError
from ingest.secrecy import NOTIFY_URLS
from ingest.settings import load_settings

KEYWORD = "教育监测"
"""Begins every title: what a robot with a keyword (DingTalk, Feishu) asks for."""
SECONDS_MAX = 10
RUN_TOGETHER = re.compile(r"[,;][a-z0-9]+://", re.IGNORECASE)

apprise.logger.disabled = True  # its warnings quote tokens; `send` says what failed


class NotificationError(PipelineError):
    """A message did not reach everybody."""


class DingTalk(NotifyDingTalk):
    """Apprise escapes the signature, requests does so again, and DingTalk refuses it."""

    def get_signature(self) -> tuple[str, str]:
        """Timestamp (milliseconds) and signature, escaped once."""
        timestamp, signature = super().get_signature()  # type: ignore[no-untyped-call]  # apprise is typed in part
        return timestamp, unquote(signature)


class WeComBot(NotifyWeComBot):
    """WeCom refuses what is longer than 2048 bytes; apprise counts characters, and a Chinese one has three bytes."""

    body_maxlen = NotifyWeComBot.body_maxlen // 3
    overflow_mode = apprise.OverflowMode.TRUNCATE


for plugin in (DingTalk, WeComBot):
    apprise.NotificationManager().add(plugin, force=True)


def load_targets(text: str) -> apprise.Apprise:
    """The services that EDU_NOTIFY_URLS (`text`), or the file it names, lists between white space; none when it is empty.

    A comma after a URL is dropped, one inside belongs to it. ConfigurationError, without the URL, when one cannot be used.
    """
    urls = [url.rstrip(",;") for url in _read(text).split()]
    targets = apprise.Apprise()
    for position, url in enumerate(filter(None, urls), 1):
        label = f"第{position}个"
        service = None if RUN_TOGETHER.search(url) else apprise.Apprise.instantiate(url, tag=label)
        if service is None:
            raise ConfigurationError(
                f"URL {position} of {NOTIFY_URLS} is not one that apprise knows; "
                "write it as https://appriseit.com/services/ says, with a space or a new line between two."
            )
        targets.add(service)
    return targets


def send(targets: apprise.Apprise, title: str, body: str) -> list[str]:
    """Sends to every target at once; gives position and kind of those that failed, such as `第2个 DingTalk`."""
    results = targets.notify(
        title=f"【{KEYWORD}】{title}",
        body=body,
        notify_type=apprise.NotifyType.WARNING,
        body_format=apprise.NotifyFormat.TEXT,
        timeout=SECONDS_MAX,
    )
    return [f"{' '.join(result.tag)} {result.name}" for result in results if not result]


def _read(text: str) -> str:
    if not text.startswith("file:"):
        return text
    try:
        return Path(text.removeprefix("file:").strip()).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file that {NOTIFY_URLS} names cannot be read: {error}.") from error


def main() -> int:
    """Sends a trial message; a robot may refuse with HTTP 200, so people must look whether it came."""
    try:
        targets = load_targets(load_settings().notify_urls)
    except PipelineError as error:
        print(f"设置有误（cannot send）：{error}", file=sys.stderr)
        return 1
    if not targets:
        print(f"没有设置 {NOTIFY_URLS}，谁也不会收到通知（nobody is told）", file=sys.stderr)
        return 1
    if failed := send(targets, "测试消息", "收到这条消息，说明通知设置正确。This is a trial message."):
        print(f"没有送达（not delivered）：{'；'.join(failed)}", file=sys.stderr)
        return 1
    print(f"已发给 {len(targets)} 处，请查看是否收到（sent: please look whether it came）")
    return 0


if __name__ == "__main__":
    sys.exit(main())
