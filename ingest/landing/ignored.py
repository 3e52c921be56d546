"""What file managers and other programs leave behind: nobody's return, and passed over wherever it lies."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import IO

IGNORED_PREFIXES = ("~$", ".")
IGNORED_NAMES = ("__macosx", "thumbs.db", "desktop.ini")  # in whatever case
TEXT_SUFFIX = ".txt"
BLANK_BYTES_MAX = 1 << 16
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")


def is_ignored(path: str) -> bool:
    """Lock files, droppings and anything below a folder of droppings."""
    return any(part.startswith(IGNORED_PREFIXES) or part.lower() in IGNORED_NAMES for part in PurePosixPath(path).parts)


def is_blank_text(name: str, content: IO[bytes]) -> bool:
    """Whether it is a `.txt` of nothing but blanks, in whatever encoding."""
    if not name.lower().endswith(TEXT_SUFFIX):
        return False
    head = content.read(BLANK_BYTES_MAX + 1)
    return len(head) <= BLANK_BYTES_MAX and any(_is_blank(head, encoding) for encoding in ENCODINGS)


def _is_blank(head: bytes, encoding: str) -> bool:
    try:
        return not head.decode(encoding).strip()
    except UnicodeDecodeError:
        return False
