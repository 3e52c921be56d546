"""Identity numbers as whole columns: check digits, birth dates, and what a person is known by.

Numbers are GB 11643-1999: 17 digits and a check character, weights below, remainder mod 11 looked up in `CHECK_CHARACTERS`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ID_PATTERN = "^[0-9]{17}[0-9X]$"
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int64)
CHECK_CHARACTERS = np.frombuffer(b"10X98765432", np.uint8)


def has_id_shape(values: pa.Array) -> np.ndarray:
    """Which values are 17 digits and a digit or X."""
    matches: np.ndarray = pc.fill_null(pc.match_substring_regex(values, ID_PATTERN), False).to_numpy(
        zero_copy_only=False
    )
    return matches


def _characters(values: pa.Array, shaped: np.ndarray) -> np.ndarray:
    """The values of ID shape as a matrix of 18 bytes each."""
    kept = pa.concat_arrays([values.filter(pa.array(shaped)).cast(pa.binary(18))])
    return np.frombuffer(kept.buffers()[1], np.uint8, count=18 * len(kept), offset=18 * kept.offset).reshape(-1, 18)


def has_wrong_check_digit(values: pa.Array) -> np.ndarray:
    """Which values have the shape of an ID number and a check character that is not theirs."""
    shaped = has_id_shape(values)
    characters = _characters(values, shaped)
    remainders = ((characters[:, :17].astype(np.int64) - ord("0")) @ WEIGHTS) % 11
    wrong = np.zeros(len(values), bool)
    wrong[np.flatnonzero(shaped)] = CHECK_CHARACTERS[remainders] != characters[:, 17]
    return wrong


def birth_dates(values: pa.Array) -> np.ndarray:
    """Year * 10000 + month * 100 + day inside each value of ID shape, 0 elsewhere."""
    shaped = has_id_shape(values)
    digits = _characters(values, shaped)[:, 6:14].astype(np.int64) - ord("0")
    births = np.zeros(len(values), np.int64)
    births[np.flatnonzero(shaped)] = digits @ (10 ** np.arange(7, -1, -1))
    return births


def identity_numbers(student_ids: pa.Array | None, id_numbers: pa.Array | None) -> pa.Array:
    """What a person's pseudonym is made from: the ID number inside a G number, else the student or teacher number, else the ID number.

    Both arrays hold normalised text; a G number and the ID number alone so give one pseudonym.
    """
    if student_ids is None:
        assert id_numbers is not None
        return id_numbers
    has_id_inside = pc.fill_null(pc.match_substring_regex(student_ids, "^G[0-9]{17}[0-9X]$"), False)
    numbers = pc.if_else(has_id_inside, pc.utf8_slice_codeunits(student_ids, 1), student_ids)
    return pc.coalesce(numbers, id_numbers) if id_numbers is not None else numbers
