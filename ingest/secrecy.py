"""Keeping secrets out of messages: whatever is secret in the environment, and however it was given, shows as ***.

Libraries quote the URL, the connection string or the option that they were given, each in its own way; so the words are searched for
what is secret, and not for where it might stand.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

SHOWN = "***"
LENGTH_MIN = 4  # of a shorter one nothing else would be left
SECRET_NAME = re.compile(r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|(^|_)KEY$|CREDENTIAL|SASKEY", re.IGNORECASE)
NOTIFY_URLS = "EDU_NOTIFY_URLS"  # any part of these may be the token of a robot
PARTS_OF_URL = re.compile(r"[\s/:@?&=,;]+")
PART_LENGTH_MIN = 8
IN_URL = re.compile(r"://[^/@:\s]*:(\S*)@")
IN_QUERY = re.compile(
    r"[?&\s;](?:password|passwd|pwd|secret|token|access_token|sig|key)=('[^']*'|[^&\s;]+)", re.IGNORECASE
)


def without_secrets(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text with `***` in place of every password, key or token that the environment holds."""
    for secret in sorted(_secrets(environment), key=len, reverse=True):
        text = text.replace(secret, SHOWN)
    return text


def without_password(url: str) -> str:
    """The URL as messages may show it; hides too much rather than too little when it is malformed."""
    return re.sub(r"://([^/@:]*):.*@", r"://\1:***@", url)


def _secrets(environment: Mapping[str, str]) -> set[str]:
    found = (secret for name, value in environment.items() for secret in _secrets_in(name, value))
    return {form for secret in found for form in (secret, unquote(secret)) if len(form) >= LENGTH_MIN}


def _secrets_in(name: str, value: str) -> Iterator[str]:
    if SECRET_NAME.search(name) and not value.startswith("file:"):
        yield value
    if name == NOTIFY_URLS and not value.startswith("file:"):
        yield from (part for part in PARTS_OF_URL.split(value) if len(part) >= PART_LENGTH_MIN)
    if value.lstrip().startswith("{"):  # options of a back end, as fsspec takes them
        yield from _secrets_in_json(value)
    yield from IN_URL.findall(value)
    yield from (found.strip("'") for found in IN_QUERY.findall(f" {value}"))


def _secrets_in_json(text: str) -> Iterator[str]:
    try:
        options = json.loads(text)
    except ValueError:
        return
    for name, value in options.items():
        if isinstance(value, str) and SECRET_NAME.search(name):
            yield value
