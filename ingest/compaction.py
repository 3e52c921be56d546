"""Keeping the lake in files of a decent size: segments of a few documents, as every small refresh leaves one, are put together.

A document is still replaced for itself: its rows are known by its reading, whichever segment they lie in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingest.lake import Lake, segment_name
from ingest.landing.ledger import Ledger

SMALL_BYTES = 1 << 18
SMALL_MAX = 64  # small segments that are left alone: opening them costs a fraction of a second
TOGETHER_BYTES = 1 << 20  # about what a segment of 50,000 rows takes


def compact(lake: Lake, ledger: Ledger) -> int:
    """Puts small segments together once there are many; how many there were, else 0.

    A new segment counts as soon as the ledger names it; after a crash before that it is a leftover like any other, and the old ones
    still count.
    """
    readings: dict[str, set[int]] = {}
    for reading in ledger.readings().values():
        readings.setdefault(reading.segment, set()).add(reading.reading_id)
    if len(readings) <= SMALL_MAX:
        return 0
    small = {
        name: size for name, size in sorted(lake.segment_bytes().items()) if size < SMALL_BYTES and name in readings
    }
    if len(small) <= SMALL_MAX:
        return 0
    for group in _groups(small):
        reading_ids = set[int]().union(*(readings[name] for name in group))
        together = segment_name(min(reading_ids))
        lake.merge_segments(together, group, reading_ids)
        ledger.move_readings(group, together)
        ledger.commit()
    return len(small)


def _groups(sizes_bytes: Mapping[str, int]) -> Iterator[list[str]]:
    """Segments in order, as many as make a decent one."""
    group: list[str] = []
    group_bytes = 0
    for name, size_bytes in sizes_bytes.items():
        group.append(name)
        group_bytes += size_bytes
        if group_bytes >= TOGETHER_BYTES:
            yield group
            group, group_bytes = [], 0
    if group:
        yield group
