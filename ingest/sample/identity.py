"""Made-up people's numbers and names: GB 11643 numbers that no two share, student and teacher numbers, names. All vectorised."""

from __future__ import annotations

import numpy as np

from ingest.checking.id_numbers import CHECK_CHARACTERS, WEIGHTS

EPOCH = np.datetime64("1935-01-01")
SPAN_DAYS = 366 * 100
CHECKS = CHECK_CHARACTERS.view("S1").astype(str)


class Serials:
    """Hands out the three-digit serials of ID numbers: odd for men, even for women, never twice for a place and day."""

    def __init__(self, places: list[int]):
        self.places = np.array(places, dtype=np.int64)
        self._used = np.zeros(len(places) * SPAN_DAYS * 2, dtype=np.int16)

    def take(self, place: np.ndarray, birth: np.ndarray, is_male: np.ndarray) -> np.ndarray:
        """Serials for people by index of place, day of birth and sex."""
        days = (birth.astype("datetime64[D]") - EPOCH).astype(np.int64)
        slot = (place.astype(np.int64) * SPAN_DAYS + days) * 2 + is_male
        order = np.argsort(slot, kind="stable")
        ordered = slot[order]
        first = np.r_[True, ordered[1:] != ordered[:-1]] if len(slot) else np.zeros(0, dtype=bool)
        starts = np.maximum.accumulate(np.where(first, np.arange(len(slot)), 0))
        rank = np.empty(len(slot), dtype=np.int64)
        rank[order] = np.arange(len(slot)) - starts
        count = self._used[slot] + rank
        np.add.at(self._used, slot, 1)
        if (count >= 500).any():
            raise ValueError("more than 500 people of one sex were born in one place on one day: use a smaller scale")
        serials: np.ndarray = (count * 2 + is_male).astype(np.int16)
        return serials


def id_numbers(place_codes: np.ndarray, birth: np.ndarray, serial: np.ndarray) -> np.ndarray:
    """18-character ID numbers with their check digit, as an array of str."""
    body = place_codes.astype(np.int64) * 10**11 + compact_dates(birth) * 1000 + serial
    return np.char.add(digits(body, 17), check_characters(body))


def check_characters(body: np.ndarray) -> np.ndarray:
    """GB 11643 check characters of 17-digit numbers."""
    total = np.zeros(len(body), dtype=np.int64)
    rest = body.copy()
    for weight in reversed(WEIGHTS):
        total += (rest % 10) * weight
        rest //= 10
    return CHECKS[total % 11]


def compact_dates(dates: np.ndarray) -> np.ndarray:
    """Dates as whole numbers: 20200901."""
    days = dates.astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    months = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    numbers: np.ndarray = years * 10000 + months * 100 + (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    return numbers


def digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Numbers as text of a fixed width, with leading zeros."""
    text = numbers.astype(np.int64).astype(f"U{width}")
    return np.char.zfill(text, width) if len(text) else text


def names(surnames: str, given: str, codes: np.ndarray) -> np.ndarray:
    """A surname and two characters for every code (a random whole number)."""
    first = np.array(list(surnames))
    rest = np.array(list(given))
    code = codes.astype(np.int64)
    return np.char.add(
        np.char.add(first[code % len(first)], rest[code // len(first) % len(rest)]),
        rest[code // (len(first) * len(rest)) % len(rest)],
    )
