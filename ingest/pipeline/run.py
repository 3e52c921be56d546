"""The whole of ingest: take in what is new, read what was not read under the present contracts, bring the lake up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Any

from ingest.batching import batched_by_size
from ingest.checking.pseudonyms import Pseudonymiser, load_key
from ingest.contracts.contract import load_contracts
from ingest.errors import KeyMismatchError
from ingest.lake.compaction import compact
from ingest.lake.lake import Lake
from ingest.landing.archive import Archive
from ingest.landing.arrive import Intake, take_in
from ingest.landing.ledger import Arrival, Ledger, Reading
from ingest.landing.listing import LandingZone, Listing
from ingest.limits import DOCUMENT_CPU_SECONDS, DOCUMENT_MEMORY_BYTES
from ingest.pipeline.segment_writer import (
    Due,
    Partition,
    PartitionOfForm,
    PlacedDocument,
    SegmentWriter,
    WrittenSegment,
    reason_of,
)
from ingest.pipeline.versions import Versions
from ingest.reference import load_reference
from ingest.settings import Settings
from ingest.workers import Done, Failure, Limits, Workers

CHUNK_BYTES = 4 << 20  # of documents that one process reads at a time
MUCH_BYTES = 2 * CHUNK_BYTES
DOCUMENT_LIMITS = Limits(DOCUMENT_CPU_SECONDS, DOCUMENT_MEMORY_BYTES)
KEY_FACT = "pseudonym_key_fingerprint"

Progress = Callable[[str], None]


@dataclass
class IngestResult:
    """What one run did, for logs and metadata: counts, paths and reasons only."""

    intake: Intake
    documents_read: int = 0
    rows_read: Counter[PartitionOfForm] = field(default_factory=Counter)
    rows_quarantined: Counter[PartitionOfForm] = field(default_factory=Counter)
    issues: Counter[str] = field(default_factory=Counter)  # by check
    rejected: list[tuple[str, str]] = field(default_factory=list)  # path, reason
    unplaced: list[tuple[str, str]] = field(default_factory=list)
    untaken: list[tuple[str, str]] = field(default_factory=list)


class Ingest:
    """What one run stands on: contracts, reference data, archive, lake and key. Making it checks them all."""

    def __init__(self, settings: Settings, progress: Progress = print):
        self.settings = settings
        self.progress = progress
        self.contracts = load_contracts()
        self.reference = load_reference(settings.spec_dir)
        self.key = load_key(settings.pseudonym_key, settings.data_dir, progress)
        self.versions = Versions(self.contracts, self.reference)

    def run(
        self,
        reread: Callable[[PlacedDocument], bool] = lambda _: False,
        partitions: Collection[Partition] | None = None,
    ) -> IngestResult:
        """Takes in and reads everything new, and what `reread` asks for; the lake is up to date afterwards.

        With `partitions`, of those alone and beside other processes that have others, as `orchestration.runtime.locks` sees to.
        LandingError, KeyMismatchError or ConfigurationError leave the lake as it was.
        """
        zone = LandingZone(self.settings.landing_url)
        folders = [""] if partitions is None else ["/".join(partition) for partition in sorted(partitions)]
        listing = zone.list(folders)  # fail on an unreachable zone before creating anything
        archive = Archive.of(self.settings)
        lake = Lake.of(self.settings, self.contracts)
        prepare = partial(_prepare, self.settings, self.key)
        with Ledger.of(self.settings) as ledger, Workers(prepare, DOCUMENT_LIMITS) as workers:
            check_key(Pseudonymiser(self.key), ledger)
            known = ledger.known_files()
            if new_bytes := sum(file.size_bytes for file in listing.files if file.key not in known):
                workers.start(1 if new_bytes < MUCH_BYTES else None)  # they are there once all has been archived
            lake.prepare()
            if partitions is None:
                archive.storage.remove_unfinished()
                lake.remove_segments_but(reading.segment for reading in ledger.readings().values())
            result = IngestResult(take_in(zone, listing.files, archive, ledger, self.reference, self.progress))
            if partitions is None:
                _remember_look(listing, {path for path, *_ in known}, result.intake, ledger)
            self._read(self.due(ledger, lake, reread, partitions), workers, ledger, result)
            if partitions is None and (merged := compact(lake, ledger)):
                self.progress(f"已合并 {merged} 个小的数据段")
            self._finish(lake, ledger, result)
            if partitions is None:
                lake.remove_segments_but(reading.segment for reading in ledger.readings().values())
        return result

    def due(
        self,
        ledger: Ledger,
        lake: Lake,
        reread: Callable[[PlacedDocument], bool] = lambda _: False,
        partitions: Collection[Partition] | None = None,
    ) -> list[Due]:
        """Documents never read in their collection and unit, read under other contracts, or whose rows are gone from the lake."""
        readings, segments = ledger.readings(), lake.segments()

        def is_due(place: PlacedDocument) -> bool:
            if partitions is not None and place[1:] not in partitions:
                return False
            reading = readings.get(place)
            if reading is None or reading.segment not in segments:
                return True
            return reading.version != self.versions.of(place[1], reading.forms) or reread(place)

        sizes = {place: size_bytes for place, size_bytes in ledger.places().items() if is_due(place)}
        first = ledger.reserve_reading_ids(len(sizes))
        return [Due(number, *each) for number, each in enumerate(sizes.items(), start=first)]

    def _read(self, due: list[Due], workers: Workers, ledger: Ledger, result: IngestResult) -> None:
        """Reads and writes segments; each counts as soon as the ledger knows it."""
        for segment in self._segments(due, workers):
            ledger.add_readings(segment.readings)
            ledger.commit()
            result.documents_read += len(segment.readings)
            result.rows_read += segment.rows_read
            result.rows_quarantined += segment.rows_quarantined
            result.issues += segment.issues
            self.progress(f"已读 {result.documents_read}/{len(due)} 份文件，{result.rows_read.total()} 行")

    def _segments(self, due: list[Due], workers: Workers) -> Iterator[WrittenSegment]:
        """Documents are read in processes that may die: one that takes its reader down is read again alone, then rejected."""
        tasks = list(batched_by_size(due, attrgetter("size_bytes"), CHUNK_BYTES))
        suspects: set[int] = set()
        while tasks:
            again: list[list[Due]] = []
            for done in workers.spread(_write, tasks):
                yield from done.result or ()
                if done.failure:
                    again += _tried_again(done, done.failure, suspects)
            tasks = again

    def _finish(self, lake: Lake, ledger: Ledger, result: IngestResult) -> None:
        """Tells SQL what is valid, and what of it was rejected or out of place; of two processes the later one knows all."""
        with ledger.standing_still():
            readings = ledger.readings()
            arrivals = [arrival for arrival in ledger.arrivals() if _is_settled(arrival, readings)]
            untaken, set_aside = ledger.untaken(), ledger.all_set_aside()
            lake.write_snapshots(self.contracts, arrivals, readings, untaken, set_aside)
        paths = {(a.document_id, a.collection_id, a.unit_code): a.path for a in arrivals}
        result.rejected = sorted((paths[place], str(r.reason)) for place, r in readings.items() if not r.is_readable)
        result.rejected += sorted((paths[place], reason) for place in readings if (reason := set_aside.reason(place)))
        result.unplaced = [(a.path, a.reason) for a in arrivals if a.reason]
        result.untaken = [(each.path, each.reason) for each in untaken]


def _remember_look(listing: Listing, known: Collection[str], intake: Intake, ledger: Ledger) -> None:
    """What of the landing zone could not be taken; only a look at the whole of it forgets files that lie there no more."""
    missing, now = listing.missing(known), datetime.now(UTC)
    seen = {each.path: seen_at for each, seen_at in ledger.untaken().items()}
    untaken = (*missing, *listing.untaken, *intake.not_fetched)
    ledger.replace_untaken({each: seen.get(each.path, now) for each in untaken})
    if not missing:
        ledger.forget_files(listing.lost(known))
    ledger.commit()


def _is_settled(arrival: Arrival, readings: Mapping[PlacedDocument, Reading]) -> bool:
    """Whether it was read or has no place; another process may have taken it in, and be about to read it."""
    return arrival.reason is not None or (arrival.document_id, arrival.collection_id, arrival.unit_code) in readings


def check_key(pseudonymiser: Pseudonymiser, ledger: Ledger) -> None:
    """KeyMismatchError when the lake was made with another key; a new lake remembers this one's fingerprint."""
    known = ledger.fact(KEY_FACT)
    if known and known != pseudonymiser.fingerprint:
        raise KeyMismatchError(
            f"EDU_PSEUDONYM_KEY is not the key the lake was made with (fingerprint {pseudonymiser.fingerprint}, "
            f"the lake has {known}). Set the old key again, or rotate on purpose with: make rotate-key"
        )
    if known is None:
        ledger.set_fact(KEY_FACT, pseudonymiser.fingerprint)
        ledger.commit()


def _tried_again(done: Done[list[Due], Any], failure: Failure, suspects: set[int]) -> Iterator[list[Due]]:
    """What becomes of documents that were read together: the one at fault is tried alone, once; the others as they were."""
    at_fault = [each for each in done.task if each.reading_id == failure.at] or done.task
    for due in at_fault:
        is_certain = len(done.task) == 1 and due.reading_id in suspects
        suspects.add(due.reading_id)
        yield [replace(due, fault=reason_of(failure)) if is_certain else due]
    if others := [due for due in done.task if due not in at_fault]:
        yield others


# -- in a process of its own
def _prepare(settings: Settings, key: bytes) -> None:
    global _writer
    _writer = SegmentWriter(settings, key)


def _write(due: Sequence[Due]) -> list[WrittenSegment]:
    return _writer.write(due)


_writer: SegmentWriter
