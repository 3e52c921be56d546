"""Versions: under which contracts, code lists and calendar a document was read, so that a change re-reads exactly what it concerns."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ingest.contracts.contract import Contract
from ingest.reference import Reference

READER_VERSION = 4  # raise it when the same bytes and contracts would give other rows
UNRECOGNISED = "?"  # stands among a document's forms when a sheet of it held none
READER_CHECKS = ("row.age_for_grade", "table.total")  # whose thresholds the reader judges by


class Versions:
    """Digests of everything that a reading depends on, by collection and form."""

    def __init__(self, contracts: dict[str, Contract], reference: Reference):
        vocabulary = (Path(__file__).parents[1] / "values" / "vocabulary.yaml").read_bytes()
        thresholds = [item for item in reference.thresholds.items() if item[0][0] in READER_CHECKS]
        base = _digest(READER_VERSION, vocabulary, *thresholds, reference.digests["checks"])
        codes = {name: _digest(*rows) for name, rows in reference.codes.items()}
        codes["reporting_units"] = _digest(*reference.units)
        codes["declared_targets"] = _digest(*reference.declared_targets.values())
        self.collections = {name: _digest(base, row) for name, row in reference.collections.items()}
        self.forms = {
            form: _digest(contract.digest, *(codes[column.codes] for column in contract.columns if column.codes))
            for form, contract in contracts.items()
        }
        headings = (column.headings for contract in contracts.values() for column in contract.columns)
        self.forms[UNRECOGNISED] = _digest(*headings)

    def of(self, collection_id: str, forms: Sequence[str]) -> str:
        """Version of a document that holds `forms`; a form that is no more counts by its name."""
        return _digest(self.collections[collection_id], *(self.forms.get(form, form) for form in forms))


def _digest(*parts: object) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]
