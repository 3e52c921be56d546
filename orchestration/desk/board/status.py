"""What the board shows, read from a release: how far every return has come on a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from ingest.contracts.contract import load_contracts
from ingest.reference import labels
from ingest.settings import TIME_ZONE

STATUSES = labels("return_status")
"""Most urgent first."""
MEANINGS = {
    "overdue": "到期未收到",
    "missing": "尚未收到，未过到期日",
    "rejected": "收到的文件都未能采用",
    "received": "有搁置的行，或有学校未报",
    "queried": "已采用，有疑问待说明",
    "accepted": "全部采用",
    "not_due": "报送尚未开始",
}
NOTHING_ARRIVED = ("not_due", "missing", "overdue")
SETTLED = ("accepted", "not_due")
NOT_SUPPLIED = "—"
RETURNS = "select * from quality.return_status"
UNITS = "select unit_code, name_zh from marts.dim_unit order by unit_code"
SET_ASIDE = """
select document_id, collection_id, unit_code, path, reason
from (from quality.documents union all by name select false as is_set_aside where false) -- an earlier version has no such column
where is_set_aside
order by collection_id desc, unit_code, path
"""
COLLECTIONS = "select collection_id, name_zh, opens_on, due_on, year_end_due_on, closes_on from marts.dim_collection order by opens_on desc"


@dataclass(frozen=True)
class Return:
    """One form of one unit; `received_at` is in Asia/Shanghai, and `days_overdue` counts while nothing usable has arrived."""

    unit_code: str
    form: str
    status: str
    due_on: date
    days_overdue: int
    received_at: datetime | None
    rows_accepted: int
    rows_set_aside: int
    queries: int
    schools_missing: int

    @property
    def word(self) -> str:
        """The status in Chinese."""
        return STATUSES[self.status]

    @property
    def detail(self) -> str:
        """The figures behind the status, as short as can be; '' where there are none."""
        figures = {
            "overdue": [f"{self.days_overdue} 天"],
            "missing": [f"{self.due_on:%m-%d} 到期"],
            "rejected": [f"逾期 {self.days_overdue} 天"] if self.days_overdue else [],
            "received": [
                f"{self.rows_set_aside} 行" if self.rows_set_aside else "",
                f"{self.schools_missing} 所学校" if self.schools_missing else "",
            ],
            "queried": [f"{self.queries} 条"],
        }
        return "、".join(filter(None, figures.get(self.status, [])))

    @property
    def text(self) -> str:
        """Status and figures in one line."""
        return f"{self.word} {self.detail}".strip()

    @property
    def is_to_chase(self) -> bool:
        """Whether somebody has to be reminded of it."""
        return self.status not in SETTLED


@dataclass(frozen=True)
class SetAside:
    """A document that was set aside by hand in a unit, and why."""

    document_id: str
    collection_id: str
    unit_code: str
    path: str
    reason: str


@dataclass(frozen=True)
class Round:
    """One collection on the board, with its returns by unit and form; a form that a unit does not supply is not among them."""

    collection_id: str
    name_zh: str
    opens_on: date
    due_on: date
    year_end_due_on: date
    closes_on: date
    returns: Mapping[tuple[str, str], Return]

    @cached_property
    def counts(self) -> Counter[str]:
        """How many returns have each status."""
        return Counter(each.status for each in self.returns.values())

    def due_of(self, form: str) -> date | None:
        """When a form is due; None when no unit supplies it."""
        return next((each.due_on for each in self.returns.values() if each.form == form), None)

    @cached_property
    def to_chase(self) -> dict[str, dict[str, list[Return]]]:
        """What every unit is to be reminded of, by status, the most pressing first; units that owe nothing are left out.

        First come the units with the most forms overdue, of as many those that have waited longest.
        """
        chase: dict[str, dict[str, list[Return]]] = {}
        for status in STATUSES:
            for each in self.returns.values():
                if each.status == status and each.is_to_chase:
                    chase.setdefault(each.unit_code, {}).setdefault(status, []).append(each)
        return {
            unit_code: chase[unit_code] for unit_code in sorted(chase, key=lambda unit: _urgency(unit, chase[unit]))
        }


def _urgency(unit_code: str, owed: Mapping[str, list[Return]]) -> tuple[int, int, int, str]:
    """By what units are sorted, the most pressing first."""
    days = max(each.days_overdue for returns in owed.values() for each in returns)
    first = min(list(STATUSES).index(status) for status in owed)
    return -len(owed.get("overdue", ())), -days, first, unit_code


@dataclass(frozen=True)
class Board:
    """The returns of every collection as they stand on `today`; units and forms by their codes, in order."""

    today: date
    release_id: str
    units: Mapping[str, str]
    forms: Mapping[str, str]
    rounds: tuple[Round, ...]
    set_aside: tuple[SetAside, ...] = ()

    @property
    def current(self) -> tuple[Round, ...]:
        """The collections that are open; when none is, the latest that was."""
        begun = [each for each in self.rounds if each.opens_on <= self.today]
        return tuple(each for each in begun if self.today <= each.closes_on) or tuple(begun[:1])

    @property
    def counts(self) -> Counter[str]:
        """How many returns of the current collections have each status."""
        return sum((each.counts for each in self.current), Counter())

    def as_markdown(self) -> str:
        """The matrix of units and forms of every current collection."""
        return "\n\n".join([f"{self.today}", *map(self._matrix, self.current)])

    def _matrix(self, collection: Round) -> str:
        lines = [["单位", *self.forms.values()], ["---"] * (len(self.forms) + 1)]
        for unit_code, name in self.units.items():
            returns = [collection.returns.get((unit_code, form)) for form in self.forms]
            lines.append([name, *(each.text if each else NOT_SUPPLIED for each in returns)])
        return "\n".join([f"### {collection.name_zh}", "", *(f"| {' | '.join(line)} |" for line in lines)])


def read_board(release: Path, today: date) -> Board:
    """The board of a release on a day; what has not arrived is judged by that day, not by the day of the release."""
    forms = {contract.form: contract.name_zh for contract in load_contracts().values()}
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        units = dict(db.sql(UNITS).fetchall())
        collections = _rows(db, COLLECTIONS)
        returns = _rows(db, RETURNS)
        set_aside = tuple(SetAside(**row) for row in _rows(db, SET_ASIDE))
    rounds = []
    for collection in collections:
        mine = (row for row in returns if row["collection_id"] == collection["collection_id"])
        read = {(row["unit_code"], row["form"]): _read_return(row, collection["opens_on"], today) for row in mine}
        places = ((unit_code, form) for unit_code in units for form in forms)
        rounds.append(Round(**collection, returns={place: read[place] for place in places if place in read}))
    begun_first = sorted(rounds, key=lambda each: each.opens_on > today)
    return Board(today, release.name, units, forms, tuple(begun_first), set_aside)


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = db.sql(query).to_arrow_table().to_pylist()
    return rows


def _read_return(row: Mapping[str, Any], opens_on: date, today: date) -> Return:
    status = row["status"]
    if status in NOTHING_ARRIVED:
        status = "not_due" if today < opens_on else "overdue" if today > row["due_on"] else "missing"
    has_nothing = status in ("overdue", "rejected")
    received_at = row["received_at"]
    return Return(
        unit_code=row["unit_code"],
        form=row["form"],
        status=status,
        due_on=row["due_on"],
        days_overdue=max(0, (today - row["due_on"]).days) if has_nothing else 0,
        received_at=received_at.replace(tzinfo=UTC).astimezone(TIME_ZONE) if received_at else None,
        rows_accepted=row["rows_accepted"],
        rows_set_aside=row["rows_quarantined"],
        queries=row["queries"],
        schools_missing=row["schools_missing"],
    )
