"""Words of the pages in Chinese and English that no seed of the release has."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

Text = tuple[str, str]
"""The same in Chinese and in English."""


@functools.cache
def words(vocabulary: str) -> dict[str, Text]:
    """Both words by code, in the order of the file."""
    with open(Path(__file__).with_name("words.csv"), encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["vocabulary"] == vocabulary]
    return {row["code"]: (row["label_zh"], row["label_en"]) for row in rows}


def say(phrase: str, *parts: Text | str) -> Text:
    """A phrase with its parts put in; a plain string stands in both languages."""
    zh, en = words("phrase")[phrase]
    pairs = [(part, part) if isinstance(part, str) else part for part in parts]
    return zh.format(*(pair[0] for pair in pairs)), en.format(*(pair[1] for pair in pairs))


def listed(parts: list[Text]) -> Text:
    """A list in a sentence."""
    return "、".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)
