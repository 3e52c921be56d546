"""Reading one document for a check, in a process apart: its rows and issues as the lake would have them, held in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from ingest.checking.pseudonyms import Pseudonymiser
from ingest.checking.segment import Segment
from ingest.contracts.contract import Contract, load_contracts
from ingest.errors import UnreadableDocumentError
from ingest.pipeline.segment_writer import read_document, reason_of
from ingest.reading.document import is_large_text
from ingest.reading.reader import ReadDocument, Reader, unreadable
from ingest.reference import Reference, load_reference
from ingest.workers import Failure, stage
from orchestration.desk.check.documents import Document
from orchestration.desk.check.outcome import Means, ReadResult, Tables


@dataclass(frozen=True)
class Tools:
    """Contracts, reference data and the reader made of them."""

    contracts: dict[str, Contract]
    reference: Reference
    reader: Reader


@cache
def tools(spec_dir: Path | None) -> Tools:
    """Contracts, code lists and reader, once a process."""
    contracts, reference = load_contracts(), load_reference(spec_dir)
    return Tools(contracts, reference, Reader(contracts, reference))


def read(document: Document, means: Means) -> ReadResult:
    """Reads and checks row by row; never raises for what the document says, but for what takes its reader down."""
    with stage(document.number):
        try:
            return _checked(document, _parts(document.path, tools(means.spec_dir).reader), means)
        except UnreadableDocumentError as error:  # some way into it
            return not_read(document, str(error), means)


def not_read(document: Document, reason: str | Failure, means: Means) -> ReadResult:
    """A document that cannot be read, with the reason, or with what became of its reader."""
    said = reason_of(reason) if isinstance(reason, Failure) else reason
    return _checked(document, [unreadable(said)], means)


def _parts(path: Path, reader: Reader) -> Iterable[ReadDocument]:
    return reader.read_in_parts(path) if is_large_text(path) else [read_document(reader, path)]


def _checked(document: Document, parts: Iterable[ReadDocument], means: Means) -> ReadResult:
    with_what = tools(means.spec_dir)
    segment = Segment(with_what.contracts, with_what.reference, Pseudonymiser(means.key))
    collection = with_what.reference.collections[means.collection_id]
    first: ReadDocument | None = None
    pieces: list[Tables] = []
    for part in parts:
        first = first or part
        segment.add(document.number, collection, part)
        pieces.append(segment.check())
    pieces.append(segment.finish())
    assert first is not None
    return ReadResult(document, joined(pieces), first.reason, first.check_id is None, first.mark is not None)


def joined(pieces: Iterable[Tables]) -> Tables:
    """The rows of each table, one piece after another."""
    by_name: dict[str, list[pa.Table]] = {}
    for piece in pieces:
        for name, table in piece.items():
            by_name.setdefault(name, []).append(table)
    return {name: pa.concat_tables(tables) for name, tables in by_name.items()}
