"""A file on its way in: into a private folder of its own that is removed whatever happens, and no larger than it may be."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ingest.landing.ignored import is_ignored
from orchestration.desk.check.documents import CheckError

BYTES_MAX = 64 << 20
UPLOAD_SECONDS_MAX = 300
PREFIX = "edu-check-page-"
UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
NAME_BYTES = 150
UNNAMED = "文件"
TOO_LARGE = f"文件超过 {BYTES_MAX >> 20} MB 的上限，没有检查。请分成几个文件，或由市级用命令检查。"
TOO_SLOW = "上传用时过长，已停止。请检查网络后再试。"
EMPTY = "文件是空的，没有检查。"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for all uploads of this process, for its owner alone; what a killed one left is removed first."""
    for leftover in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not _is_alive(leftover.name):
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def _is_alive(name: str) -> bool:
    pid = name.removeprefix(PREFIX).partition("-")[0]
    return Path("/proc", pid).exists()


async def receive(body: AsyncIterator[bytes], target: Path) -> None:
    """Writes an upload to `target`; CheckError when it is too large, too slow or empty."""
    size = 0
    try:
        async with asyncio.timeout(UPLOAD_SECONDS_MAX):
            with open(target, "wb") as handle:
                async for piece in body:
                    size += len(piece)
                    if size > BYTES_MAX:
                        raise CheckError(TOO_LARGE)
                    handle.write(piece)
    except TimeoutError as error:
        raise CheckError(TOO_SLOW) from error
    if not size:
        raise CheckError(EMPTY)


def file_name(stated: str) -> str:
    """A name for the upload that cannot lead anywhere, as near as can be to the one it has at home."""
    name = UNFIT.sub("_", PurePosixPath(stated.replace("\\", "/")).name).strip()
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix[:8]
    kept = stem.encode()[:NAME_BYTES].decode(errors="ignore") + suffix
    return UNNAMED + suffix if is_ignored(kept) or not stem else kept
