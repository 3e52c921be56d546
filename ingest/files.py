"""Folders and files that only their owner may read, and that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".part-"


def private_dir(path: Path) -> Path:
    """The folder, made if need be, that only its owner can enter."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def remove_unfinished(folder: Path) -> None:
    """Removes what a killed process left half-written in a folder; only for who holds the lock of the one writer."""
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
