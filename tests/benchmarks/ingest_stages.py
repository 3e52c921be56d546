"""The stages of ingest, one after another in one process: `python -m tests.benchmarks.ingest_stages FILE`.

In a refresh, reading, checking and writing happen side by side in several processes; here each is timed for itself. Writes seconds of
wall and CPU and the peak of resident memory so far, by stage, as JSON; landing zone and data folder come from the environment.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from ingest.checking.segment import Segment
from ingest.lake.lake import GrowingSegment, Lake
from ingest.landing.archive import Archive
from ingest.landing.arrive import take_in
from ingest.landing.ledger import Ledger
from ingest.landing.listing import LandingZone
from ingest.pipeline.run import Ingest
from ingest.pipeline.segment_writer import SegmentWriter
from ingest.settings import load_settings

KIB_PER_MB = 1024
P = ParamSpec("P")
T = TypeVar("T")


class Stopwatch:
    """Sums up wall and CPU seconds of stages."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        yield
        taken = self.stages.setdefault(stage, {"wall_s": 0.0, "cpu_s": 0.0, "peak_mb": 0.0})
        taken["wall_s"] += time.perf_counter() - wall_s
        taken["cpu_s"] += time.process_time() - cpu_s
        taken["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MB

    def timed(self, stage: str, function: Callable[P, T]) -> Callable[P, T]:
        """The function with the watch held over each call."""

        def call(*arguments: P.args, **named: P.kwargs) -> T:
            with self.timing(stage):
                return function(*arguments, **named)

        return call


def main(target: Path) -> None:
    settings, watch = load_settings(), Stopwatch()
    ingest = Ingest(settings)
    archive, lake = Archive.of(settings), Lake.of(settings, ingest.contracts)
    lake.prepare()
    with Ledger(settings.ledger_path) as ledger:
        with watch.timing("list and archive"):
            zone = LandingZone(settings.landing_url)
            take_in(zone, zone.list().files, archive, ledger, ingest.reference, lambda _: None)
        due = ingest.due(ledger, lake)
    writer = SegmentWriter(settings, ingest.key)
    writer.reader.read = watch.timed("read", writer.reader.read)  # type: ignore[method-assign]
    GrowingSegment.append = watch.timed("write lake", GrowingSegment.append)  # type: ignore[method-assign]
    Segment.check = watch.timed("check and pseudonymise", Segment.check)  # type: ignore[method-assign]
    rows = sum(segment.rows_read.total() for segment in writer.write(due))
    target.write_text(json.dumps({"documents": len(due), "rows": rows, "stages": watch.stages}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
