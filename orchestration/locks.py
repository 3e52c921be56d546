"""The lock of the one writer: whatever writes ledger, lake, working database or releases holds it, in whichever process.

Dagster's pool keeps the runs of one instance apart; the lock also keeps apart the daemon's runs and a refresh from the command line.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.settings import Settings

_held: set[Path] = set()


@contextmanager
def writing(settings: Settings, report: Callable[[str], None] = print) -> Iterator[None]:
    """Holds the lock, and waits for another process that has it. A process that holds it already goes straight on.

    The lock ends with its process, also when that is killed.
    """
    path = settings.data_dir / ".refresh.lock"
    if path in _held:
        yield
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("另一个刷新正在进行，等待其结束（waiting for another refresh）")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _held.add(path)
        yield
    finally:
        _held.discard(path)
        os.close(lock)
