"""How a unit stands in a collection on a day, read from a release: its forms, its documents, and what to mend first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path, PurePosixPath

import duckdb

from ingest.contracts.contract import load_contracts
from ingest.reference import labels, load_reference
from ingest.settings import TIME_ZONE, Settings
from ingest.values.parse import mask_digits
from ingest.workbooks.fault_kinds import WEIGHTS, fault_kinds, personal_forms
from ingest.workbooks.faults import Feedback
from orchestration.desk.board.status import SETTLED, STATUSES, Board, Return, Round, read_board
from orchestration.desk.feedback import wanted, workbook_name
from orchestration.runtime.duckdb_limits import apply_limits

LOOKED_AT = 200  # issues of a kind from which its sentence is made
WORDS = labels("severity")
DOCUMENTS = """
select
    collection_id, unit_code, document_id, path, received_at, status, status_zh, reason, forms,
    coalesce(rows_read, 0), coalesce(rows_accepted, 0), coalesce(rows_quarantined, 0)
from quality.documents
order by collection_id, unit_code, received_at desc, path
"""
VERSIONS = """
select collection_id, unit_code, form, document_id, rows_standing
from quality.document_versions
where rows_standing > 0
order by collection_id, unit_code, form, received_at desc
"""
Place = tuple[str, str]
"""A collection and a unit of it."""


@dataclass(frozen=True)
class SentFile:
    """A document that the unit sent: `name` below its folder, `received_at` in Asia/Shanghai, `workbook` its feedback if there is one."""

    document_id: str
    name: str
    received_at: datetime
    status: str
    status_zh: str
    reason: str | None
    forms_zh: str
    rows_read: int
    rows_accepted: int
    rows_set_aside: int
    workbook: str | None

    @property
    def verdict(self) -> str:
        """What takes the place of a feedback workbook where there is none."""
        return "没有问题" if self.status == "accepted" else "—"

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return f"f-{self.document_id[:16]}"


@dataclass(frozen=True)
class Owed:
    """A form that the unit owes: how its return has come, and the documents that it rests on with the rows of each that count."""

    form_zh: str
    state: Return
    days_left: int
    rests_on: Sequence[tuple[SentFile, int]]

    @property
    def days(self) -> str:
        """How many days are left, or have passed since it was due, while something is to be done."""
        if self.state.status in SETTLED:
            return ""
        return f"还有 {self.days_left} 天" if self.days_left >= 0 else f"已逾期 {-self.days_left} 天"


@dataclass(frozen=True)
class ToMend:
    """A kind of fault: what is wrong and how to mend it, how often, and the documents in which it stands, whose workbooks show where."""

    weight: str
    form_zh: str
    text: str
    count: int
    is_cut: bool
    files: tuple[SentFile, ...]

    @property
    def times(self) -> str:
        """How often, in words."""
        return f"{'至少 ' if self.is_cut else ''}{self.count:,} 处"

    @property
    def places(self) -> str:
        """The document, or the first and how many."""
        more = f" 等 {len(self.files)} 个文件" if len(self.files) > 1 else ""
        return self.files[0].name + more

    @property
    def word(self) -> str:
        """How serious it is, in Chinese."""
        return WORDS[self.weight]


@dataclass(frozen=True)
class Standing:
    """How a unit stands in a collection: forms the most pressing first, documents the latest first, faults the worst first."""

    today: date
    unit_code: str
    unit_zh: str
    collection: Round
    owed: Sequence[Owed]
    files: Sequence[SentFile]
    to_mend: Sequence[ToMend]

    @property
    def place(self) -> Place:
        """The collection and the unit."""
        return self.collection.collection_id, self.unit_code

    @property
    def title(self) -> str:
        """The heading of page and workbook."""
        return f"{self.unit_zh} {self.collection.name_zh} 报送情况"

    @property
    def to_send(self) -> list[Owed]:
        """Forms of which nothing usable has arrived."""
        return [each for each in self.owed if each.state.status in ("overdue", "rejected", "missing")]

    @property
    def counts(self) -> dict[str, int]:
        """How many forms have each status, those that none has left out."""
        found = {status: sum(each.state.status == status for each in self.owed) for status in STATUSES}
        return {status: count for status, count in found.items() if count}


def read_standings(settings: Settings, release: Path) -> Iterator[Standing]:
    """Of every unit in every collection that has begun, or in which it sent something, on the day of the settings."""
    board = read_board(release, settings.today)
    reference, database = load_reference(settings.spec_dir), release / "warehouse.duckdb"
    with duckdb.connect(str(database), read_only=True) as db:
        apply_limits(db, settings, database)
        said = wanted(db, release.name, reference, LOOKED_AT)
        feedback = {(each.mark.document_id, each.mark.collection_id, each.mark.unit_code): each for each in said}
        files = _files(db, feedback)
        versions = _versions(db)
    for collection in board.rounds:
        for unit_code in board.units:
            place = (collection.collection_id, unit_code)
            if collection.opens_on <= board.today or place in files:
                yield _standing(board, collection, unit_code, files.get(place, {}), versions, feedback)


def _standing(
    board: Board,
    collection: Round,
    unit_code: str,
    files: Mapping[str, SentFile],
    versions: Mapping[tuple[str, str, str], Sequence[tuple[str, int]]],
    feedback: Mapping[tuple[str, str, str], Feedback],
) -> Standing:
    place = (collection.collection_id, unit_code)
    owed = [
        Owed(
            board.forms[form],
            state,
            (state.due_on - board.today).days,
            [(files[document], rows) for document, rows in versions.get((*place, form), ())],
        )
        for (unit, form), state in collection.returns.items()
        if unit == unit_code
    ]
    owed.sort(key=lambda each: (list(STATUSES).index(each.state.status), each.days_left))
    said = ((file, feedback.get((file.document_id, *place))) for file in files.values())
    to_mend = _alike(mend for file, each in said if each for mend in _to_mend(file, each))
    to_mend.sort(key=lambda each: (WEIGHTS.index(each.weight), -each.count))
    return Standing(board.today, unit_code, board.units[unit_code], collection, owed, list(files.values()), to_mend)


def _to_mend(file: SentFile, feedback: Feedback) -> Iterator[ToMend]:
    """What is to be mended or explained in a document; notes and what is explained are not."""
    contracts = load_contracts()
    for kind in fault_kinds(feedback, personal_forms(contracts)):
        if kind.weight != "note" and not kind.is_explained:
            form_zh = contracts[kind.form].name_zh if kind.form else ""
            yield ToMend(kind.weight, form_zh, kind.text, kind.count, kind.is_cut, (file,))


def _alike(found: Iterable[ToMend]) -> list[ToMend]:
    """What is the same in several documents once."""
    kinds: dict[tuple[str, str, str], ToMend] = {}
    for each in found:
        key = (each.weight, each.form_zh, each.text)
        if known := kinds.get(key):
            files, count = known.files + each.files, known.count + each.count
            kinds[key] = replace(known, files=files, count=count, is_cut=known.is_cut or each.is_cut)
        else:
            kinds[key] = each
    return list(kinds.values())


def _files(
    db: duckdb.DuckDBPyConnection, feedback: Mapping[tuple[str, str, str], Feedback]
) -> dict[Place, dict[str, SentFile]]:
    """The documents of each unit in each collection, by their ids."""
    names = {form: contract.name_zh for form, contract in load_contracts().items()}
    found: dict[Place, dict[str, SentFile]] = {}
    for collection_id, unit_code, document_id, path, received_at, *about in db.sql(DOCUMENTS).fetchall():
        status, status_zh, reason, forms, rows_read, rows_accepted, rows_set_aside = about
        said = feedback.get((document_id, collection_id, unit_code))
        found.setdefault((collection_id, unit_code), {})[document_id] = SentFile(
            document_id,
            mask_digits("/".join(path.split("/")[2:])),
            received_at.replace(tzinfo=UTC).astimezone(TIME_ZONE),
            status,
            status_zh,
            reason,
            "、".join(names[form] for form in (forms or "").split(";") if form),
            rows_read,
            rows_accepted,
            rows_set_aside,
            PurePosixPath(workbook_name(said)).name if said else None,
        )
    return found


def _versions(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], list[tuple[str, int]]]:
    """The documents that each return rests on, with the rows of each that count."""
    rows = db.sql(VERSIONS).fetchall()
    return {key: [(row[3], row[4]) for row in of_form] for key, of_form in groupby(rows, key=lambda row: row[:3])}
