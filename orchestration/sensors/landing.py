"""The landing sensor: asks for a refresh when documents came or changed, once nobody writes them any more.

A file is new while the ledger does not know its path, size, modification time and (where there is one) etag; what it is comes
from its content later on. It is settled when the look before found it the same. The cursor remembers that look and what was asked
for; the ledger alone says what was taken in, so that nothing is lost or asked for twice, whoever refreshes in between.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from ingest.landing.ledger import Ledger
from ingest.landing.listing import LandingFile, LandingZone, place_of
from ingest.reference import Reference, load_reference
from ingest.settings import Settings
from orchestration.resources import PipelineResource
from orchestration.runtime.liveness import fail_abandoned_runs

LOOK_EVERY_SECONDS = 60
FIRST_RETRY, LAST_RETRY = timedelta(minutes=10), timedelta(days=1)
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
PARTITIONS_TAG = "edu/partitions"
UNPLACED = "unplaced"
SHOWN_PARTITIONS = 60
DIGEST_BYTES = 4  # of thousands of files; two that share a digest only mean a look too few or too many

Digests = frozenset[bytes]
NewFiles = dict[bytes, LandingFile]


@dataclass(frozen=True)
class Watch:
    """What the sensor remembers between two looks; its text is the cursor."""

    waiting: Digests = frozenset()  # new files seen by the last look, not asked for yet
    asked: Digests = frozenset()  # those asked for and not taken in yet
    asked_at: float = 0.0
    requests: int = 0  # ever made: a run key is never used again
    attempts: int = 0  # requests in a row that left something behind

    @classmethod
    def from_cursor(cls, text: str | None) -> "Watch":
        """The memory that a cursor holds; an empty one at the first look."""
        if not text:
            return cls()
        fields = json.loads(text)
        return cls(**fields | {name: _unpacked(fields[name]) for name in ("waiting", "asked")})

    @property
    def cursor(self) -> str:
        """The memory as JSON."""
        return json.dumps(asdict(self) | {"waiting": _packed(self.waiting), "asked": _packed(self.asked)})

    @property
    def retry_at(self) -> datetime:
        """When files that the last run should have taken in are asked for again: ever more seldom."""
        wait: timedelta = min(FIRST_RETRY * 2 ** min(self.attempts - 1, 10), LAST_RETRY)
        return datetime.fromtimestamp(self.asked_at, UTC) + wait

    def look(self, new: Iterable[bytes]) -> "Watch":
        """After a look that asks for nothing."""
        present = frozenset(new)
        asked = self.asked & present
        return replace(self, waiting=present - asked, asked=asked, attempts=self.attempts if asked else 0)

    def ask(self, files: Digests, now: datetime) -> "Watch":
        """After a look that asks for `files`, all of them present."""
        return Watch(
            waiting=self.waiting - files,
            asked=files,
            asked_at=now.timestamp(),
            requests=self.requests + 1,
            attempts=self.attempts + 1,
        )


def build_landing_sensor(job: Any, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> dg.SensorDefinition:
    """The sensor that watches the landing zone and asks for `job`, which reads everything new in one run.

    A landing zone that cannot be reached is a failed tick with LandingError's sentence; the next tick looks again.
    """

    @dg.sensor(
        name="landing",
        job=job,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="新报送：a refresh when documents came or changed in the landing zone, once nobody writes them any more.",
    )
    def landing(context: dg.SensorEvaluationContext, pipeline: PipelineResource) -> dg.SensorResult:
        settings, moment = pipeline.settings(), now()
        fail_abandoned_runs(context.instance)  # each minute, so that none of them holds up the next one for long
        is_under_way = _is_under_way(context.instance, job.name)  # before the ledger: it may end any time
        new = _new_files(settings)
        before = Watch.from_cursor(context.cursor)
        after = before.look(new)
        settled = after.waiting & before.waiting
        if is_under_way or not (settled or (after.asked and moment >= after.retry_at)):
            return dg.SensorResult(skip_reason=_reason(after, is_under_way), cursor=after.cursor)
        wanted = settled | after.asked
        after = after.ask(wanted, moment)
        files = [new[digest] for digest in sorted(wanted)]
        partitions = _partitions(files, load_reference(settings.spec_dir))
        context.log.info(f"{len(files)} new file(s), of {partitions}; {len(after.waiting)} more not settled yet.")
        request = dg.RunRequest(run_key=_run_key(after), tags={PARTITIONS_TAG: partitions})
        return dg.SensorResult(run_requests=[request], cursor=after.cursor)

    return landing


def _is_under_way(instance: dg.DagsterInstance, job_name: str) -> bool:
    """Whether a run of the job is queued or running: it may be about to take in what is new."""
    return bool(instance.get_run_records(dg.RunsFilter(job_name=job_name, statuses=UNDER_WAY), limit=1))


def _new_files(settings: Settings) -> NewFiles:
    """Every file of the landing zone that the ledger does not know, by its digest."""
    files = LandingZone(settings.landing_url).list().files
    with Ledger.of(settings) as ledger:
        known = ledger.known_files()
    return {_digest(file): file for file in files if file.key not in known}


def _partitions(files: Iterable[LandingFile], reference: Reference) -> str:
    """The partitions that the files lie in, for people: `2020-09|331002, 2020-09|331003, …`."""
    places = (place_of(file.path, reference) for file in files)
    names = sorted({UNPLACED if place.reason else f"{place.collection_id}|{place.unit_code}" for place in places})
    more = [f"… {len(names) - SHOWN_PARTITIONS} more"] if len(names) > SHOWN_PARTITIONS else []
    return ", ".join(names[:SHOWN_PARTITIONS] + more)


def _reason(watch: Watch, is_under_way: bool) -> str:
    """Why nothing is asked for, in a sentence."""
    if not watch.waiting and not watch.asked:
        return "Nothing new in the landing zone."
    if is_under_way:
        return f"A refresh is queued or running; {len(watch.waiting | watch.asked)} new file(s) wait for its end."
    if watch.waiting:
        return f"{len(watch.waiting)} new file(s) may still be written: asked for once they stay the same."
    return (
        f"The last run did not take in {len(watch.asked)} of the files it was asked for; "
        f"they are asked for again after {watch.retry_at:%Y-%m-%d %H:%M} UTC."
    )


def _run_key(watch: Watch) -> str:
    """The same for the same files, unless they are asked for again on purpose."""
    return f"{hashlib.sha256(b''.join(sorted(watch.asked))).hexdigest()[:16]}-{watch.requests}"


def _digest(file: LandingFile) -> bytes:
    return hashlib.blake2b(repr(file.key).encode(), digest_size=DIGEST_BYTES).digest()


def _packed(digests: Digests) -> str:
    return base64.b64encode(b"".join(sorted(digests))).decode()


def _unpacked(text: str) -> Digests:
    data = base64.b64decode(text)
    return frozenset(data[start : start + DIGEST_BYTES] for start in range(0, len(data), DIGEST_BYTES))
