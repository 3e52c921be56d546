"""Waiting for files that somebody is still writing: read half, they would be rejected, and told to the county as broken.

Who refreshes by hand may have copied something a moment ago. A file is looked at again when it was written in the last seconds, and
is whole once a look finds it as the look before did. The landing sensor waits in its own way, from one tick to the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from ingest.landing.listing import LandingFile, LandingZone

FRESH = timedelta(seconds=3)
LOOK_EVERY_SECONDS = 1.0
LOOKS_MAX = 60


def wait_until_written(zone: LandingZone, files: Iterable[LandingFile], report: Callable[[str], None] = print) -> None:
    """Returns at once unless some of the files, as just listed, were written in the last seconds; else when none grows any more.

    What grows for longer than a minute is not waited for: it comes again when it is whole.
    """
    fresh = _fresh(files)
    for look in range(LOOKS_MAX):
        if not fresh:
            return
        if look == 1:
            report(f"等待 {len(fresh)} 个仍在写入的文件（waiting for files that are still written）")
        time.sleep(LOOK_EVERY_SECONDS)
        fresh = _fresh(zone.list().files) - fresh


def _fresh(files: Iterable[LandingFile]) -> set[tuple[str, int, str]]:
    """The states of the files that were written in the last seconds."""
    now = datetime.now(UTC)
    return {file.key for file in files if abs(now - file.modified_at) < FRESH}
