"""A hundred damaged documents, always the same ones: each is read or told, and none stops another."""

from __future__ import annotations

from pathlib import Path

from tests.fuzzed import DAMAGES_OF_ZIPS, damaged, read

DOCUMENTS = 100
SEED = 1


def test_the_same_seed_damages_the_same_way() -> None:
    assert list(damaged(DOCUMENTS, SEED)) == list(damaged(DOCUMENTS, SEED))
    names = [name for name, _ in damaged(DOCUMENTS, SEED)]
    assert all(any(damage.__name__ in name for name in names) for damage in DAMAGES_OF_ZIPS)


def test_a_hundred_damaged_documents_are_each_read_or_told(tmp_path: Path) -> None:
    read(tmp_path, DOCUMENTS, SEED)
