"""What a release rests on, as digests: equal digests mean that a refresh would publish the same again.

Needs neither Dagster nor dbt, so that a refresh with nothing to do is answered at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

from ingest.contracts.contract import load_contracts
from ingest.landing.ledger import Ledger
from ingest.pipeline.versions import Versions
from ingest.reference import Reference, load_reference
from ingest.settings import DBT_DIR, Settings

MODEL_FOLDERS = ("models", "macros", "seeds", "tests")


def current_inputs(settings: Settings, ledger: Ledger) -> dict[str, str]:
    """Digests of arrivals and what could be read of them, contracts, seeds and models, and where the day stands in the calendar."""
    reference = load_reference(settings.spec_dir)
    versions = Versions(load_contracts(), reference)
    return {
        "arrivals": _digest(
            f"{a.path}|{a.received_at}|{a.document_id}|{a.collection_id}|{a.unit_code}" for a in ledger.arrivals()
        ),
        "outcomes": _digest(_outcomes(ledger)),
        "contracts": _digest([*versions.forms.values(), *versions.collections.values()]),
        "seeds": _digest(reference.digests.values()),
        "models": _digest(_model_files()),
        "calendar": calendar_position(reference, settings.today),
    }


def _outcomes(ledger: Ledger) -> Iterable[str]:
    """Which documents could be read, which were set aside by hand, and what could not be taken in."""
    for place, reading in sorted(ledger.readings().items()):
        yield f"{place} {reading.is_readable} {reading.reason} {reading.forms}"
    for place_aside, reason in ledger.all_set_aside().reasons.items():
        yield f"{place_aside} {reason}"
    for untaken in ledger.untaken():
        yield f"{untaken.path} {untaken.reason}"


def calendar_position(reference: Reference, today: date) -> str:
    """How many opening, due and closing days have passed: lateness changes only when this does."""
    opened = sum(today >= c.opens_on for c in reference.collections.values())
    passed = sum(
        today > day for c in reference.collections.values() for day in (c.due_on, c.year_end_due_on, c.closes_on)
    )
    return f"{opened} opened, {passed} passed"


def _model_files() -> Iterable[str]:
    paths = [DBT_DIR / "dbt_project.yml", *(path for folder in MODEL_FOLDERS for path in (DBT_DIR / folder).rglob("*"))]
    for path in sorted(path for path in paths if path.is_file()):
        yield f"{path.relative_to(DBT_DIR)} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:16]
