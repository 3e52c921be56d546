"""Keeping the lake in files of a decent size: segments of a few documents, as every small refresh leaves one, are put together.

A document is still replaced for itself: its rows are known by its reading, whichever segment they lie in.
"""

from __future__ import annotations

from ingest.batching import batched_by_size
from ingest.lake.lake import Lake, segment_name
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
    for group in batched_by_size(small, small.__getitem__, TOGETHER_BYTES):
        reading_ids = set[int]().union(*(readings[name] for name in group))
        together = segment_name(min(reading_ids))
        lake.merge_segments(together, group, reading_ids)
        ledger.move_readings(group, together)
        ledger.commit()
    return len(small)
