"""Identity numbers: check digits, birth dates, and what a person is known by."""

from collections.abc import Sequence

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ingest.checking.id_numbers import birth_dates, has_wrong_check_digit, identity_numbers

# Test vectors of GB 11643-1999.
VALID = ["11010519491231002X", "440524188001010014", "34052419800101001X"]


def wrong(values: Sequence[str | None]) -> list[bool]:
    return list(map(bool, has_wrong_check_digit(pa.array(values, pa.string()))))


def test_the_vectors_of_the_standard_are_right() -> None:
    assert wrong(VALID) == [False] * 3


@given(digits=st.text("0123456789", min_size=17, max_size=17))
def test_one_check_character_of_eleven_is_right(digits: str) -> None:
    assert wrong([digits + mark for mark in "0123456789X"]).count(False) == 1


def test_other_shapes_are_not_judged() -> None:
    assert wrong(["E12345678", "", None, "1101051949123100", *VALID]) == [False] * 7


def test_birth_dates_stand_inside() -> None:
    values = pa.array([VALID[0], "x", None, VALID[1]])
    assert birth_dates(values).tolist() == [19491231, 0, 0, 18800101]
    assert birth_dates(values.slice(3)).tolist() == [18800101]


def test_a_student_number_and_the_id_number_alone_are_one_person() -> None:
    students = pa.array([f"G{VALID[0]}", None, "L110105194912310021", None])
    numbers = pa.array([None, VALID[0], VALID[1], "E12345678"])
    assert identity_numbers(students, numbers).to_pylist() == [VALID[0], VALID[0], "L110105194912310021", "E12345678"]
    assert identity_numbers(None, numbers).to_pylist() == numbers.to_pylist()
