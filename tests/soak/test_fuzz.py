"""`make soak`: thousands of damaged documents of every kind that the sample writes, a few hundred a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzzed import read

DOCUMENTS = 500


@pytest.mark.parametrize("seed", range(2, 12))
def test_damaged_documents_are_each_read_or_told(tmp_path: Path, seed: int) -> None:
    read(tmp_path, DOCUMENTS, seed)
