"""Things put together into portions."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ingest.batching import batched_by_size


@given(st.lists(st.integers(0, 9)), st.integers(1, 20))
def test_nothing_is_lost_and_no_portion_is_larger_than_need_be(sizes: list[int], enough: int) -> None:
    found = list(batched_by_size(sizes, int, enough))
    assert [size for portion in found for size in portion] == sizes
    assert all(sum(portion) >= enough for portion in found[:-1])
    assert all(portion and sum(portion[:-1]) < enough for portion in found)


def test_a_portion_is_given_before_the_next_thing_is_taken() -> None:
    taken: list[int] = []

    def things() -> Iterator[int]:
        for size in [1, 2, 3]:
            taken.append(size)
            yield size

    given_first = next(batched_by_size(things(), int, 3))
    assert given_first == taken == [1, 2]
