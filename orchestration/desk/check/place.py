"""Whose return it is: the collection and the unit that a check is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ingest.reference import Collection, Reference
from orchestration.desk.check.documents import CheckError

EVERY_UNIT = "000000"
"""Stands for a unit that was not named: every school of the city is its own."""


@dataclass(frozen=True)
class Place:
    """A collection, the one before it, and a unit; `unit_code` is EVERY_UNIT where none was named."""

    collection_id: str
    previous_id: str | None
    unit_code: str

    @property
    def is_of_one_unit(self) -> bool:
        """Whether a unit was named."""
        return self.unit_code != EVERY_UNIT


def choose_place(reference: Reference, today: date, unit: str | None, collection: str | None) -> Place:
    """The place of those names; by default every unit, and the collection of the day. CheckError when there is none of the name."""
    if unit and unit not in reference.units:
        raise CheckError(f"没有单位 {unit!r}。UNIT 须为：{_listed(reference.units)}。")
    if collection and collection not in reference.collections:
        raise CheckError(f"没有报送批次 {collection!r}。COLLECTION 须为：{_listed(reference.collections)}。")
    chosen = reference.collections[collection] if collection else collection_of(reference, today)
    earlier = [each for each in reference.collections.values() if each.reference_date < chosen.reference_date]
    previous = max(earlier, key=lambda each: each.reference_date, default=None)
    return Place(chosen.collection_id, previous.collection_id if previous else None, unit or EVERY_UNIT)


def _listed(names: Iterable[str]) -> str:
    return "、".join(names)


def collection_of(reference: Reference, today: date) -> Collection:
    """The collection that is open on a day, else the latest that was opened; before the first, that one."""
    in_order = sorted(reference.collections.values(), key=lambda each: each.opens_on)
    opened = [each for each in in_order if each.opens_on <= today]
    still_open = [each for each in opened if today <= each.closes_on]
    return (still_open or opened or in_order[:1])[-1]
