"""Locks between processes: of the one writer, and of those that read partitions of the landing zone side by side.

Whatever writes the working database or releases, or reads the landing zone as a whole, holds the lock of the one writer alone. Readers
of partitions hold it together, each its own partitions besides. Dagster's pools keep apart the runs of one instance; the locks also
keep apart the daemon's runs and a refresh from the command line. They end with their process, also when that is killed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ingest.pipeline.segment_writer import Partition
from ingest.settings import Settings
from ingest.storage.files import private_dir, public_dir

_held: set[Path] = set()


@contextmanager
def writing(settings: Settings, report: Callable[[str], None] = print) -> Iterator[None]:
    """Holds the writer's lock, and waits for another process that has it. A process that holds it already goes straight on."""
    public_dir(settings.data_dir)
    path = _writers(settings)
    if path in _held:
        yield
        return
    with _locked(path, fcntl.LOCK_EX, report):
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)


@contextmanager
def reading(
    settings: Settings, partitions: Collection[Partition], report: Callable[[str], None] = print
) -> Iterator[None]:
    """Holds partitions (collection, unit): waits for other readers of the same ones, and for the writer."""
    public_dir(settings.data_dir)
    folder = private_dir(settings.data_dir / "locks")
    with ExitStack() as locks:
        locks.enter_context(_locked(_writers(settings), fcntl.LOCK_SH, report))
        for partition in sorted(partitions):  # in one order, so that no two wait for each other
            locks.enter_context(_locked(folder / "_".join(partition), fcntl.LOCK_EX, report))
        yield


def _writers(settings: Settings) -> Path:
    return settings.data_dir / ".refresh.lock"


@contextmanager
def _locked(path: Path, kind: int, report: Callable[[str], None]) -> Iterator[None]:
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            report("另一个进程正在刷新或读取，等待其结束（waiting for another process that refreshes or reads）")
            fcntl.flock(lock, kind)
        yield
    finally:
        os.close(lock)
