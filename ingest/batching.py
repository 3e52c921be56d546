"""Groups items into batches of roughly equal size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Thing = TypeVar("Thing")


def batched_by_size(things: Iterable[Thing], size_of: Callable[[Thing], int], enough: int) -> Iterator[list[Thing]]:
    """Things in order, in lists that end with the thing that makes their sizes `enough`; the last may hold less."""
    portion: list[Thing] = []
    size = 0
    for thing in things:
        portion.append(thing)
        size += size_of(thing)
        if size >= enough:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
