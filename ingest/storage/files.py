"""Folders and files with a mode of their own whatever the umask, and that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

UNFINISHED = ".part-"


def private_dir(path: Path) -> Path:
    """The folder, made if need be, that only its owner can enter."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def public_dir(path: Path) -> Path:
    """The folder, made if need be, that everybody can enter and only its owner changes."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)
    return path


def make_public(folder: Path) -> None:
    """Everything in the folder, and itself, is for everybody to read and for nobody to change."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o444)


def open_private(path: Path) -> TextIO:
    """A text file to write, empty, that only its owner may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)  # it may have been there
    return os.fdopen(handle, "w", encoding="utf-8")


def remove_unfinished(folder: Path) -> None:
    """Removes what a killed process left half-written in a folder. Call only while holding the writer lock."""
    for leftover in folder.glob(f"{UNFINISHED}*"):
        leftover.unlink()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary file beside the target, for its owner only, that takes the target's place in the end or is removed."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=UNFINISHED, suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def readable_name(name: str) -> str:
    """A name as people read it; bytes that are not UTF-8, which stand in it as lone surrogates (PEP 383), are GB18030."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="backslashreplace")
    return name
