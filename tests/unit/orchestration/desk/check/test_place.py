"""Whose return a check is for, when nobody says."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.reference import Reference
from orchestration.desk.check.documents import CheckError
from orchestration.desk.check.place import EVERY_UNIT, choose_place


def test_the_collection_is_the_one_that_is_open_else_the_latest_opened(reference: Reference) -> None:
    first, second, *_ = sorted(reference.collections.values(), key=lambda each: each.opens_on)

    def on(day: date) -> str:
        return choose_place(reference, day, None, None).collection_id

    assert on(second.opens_on) == second.collection_id
    assert on(second.closes_on) == second.collection_id
    assert on(date(2099, 1, 1)) == max(reference.collections.values(), key=lambda each: each.opens_on).collection_id
    assert on(date(2000, 1, 1)) == first.collection_id


def test_every_unit_is_meant_where_none_is_named_and_the_collection_before_is_known(reference: Reference) -> None:
    place = choose_place(reference, date(2021, 1, 1), None, "2020-09")
    assert (place.unit_code, place.previous_id, place.is_of_one_unit) == (EVERY_UNIT, "2019-09", False)
    assert EVERY_UNIT not in reference.units
    assert choose_place(reference, date(2021, 1, 1), "331002", "2019-09").previous_id is None


@pytest.mark.parametrize(("unit", "collection", "said"), [("999999", None, "331002"), (None, "1999-09", "2020-09")])
def test_a_name_that_is_none_is_told_with_those_that_are(
    reference: Reference, unit: str | None, collection: str | None, said: str
) -> None:
    with pytest.raises(CheckError, match=said):
        choose_place(reference, date(2021, 1, 1), unit, collection)
