"""`make soak`: the readers of the integration test, for ten times as many releases."""

from __future__ import annotations

from pathlib import Path

from tests.integration.conftest import Workplace
from tests.integration.test_readers import RELEASES, assert_nothing_went_wrong, published_under_readers


def test_readers_of_many_releases(tmp_path: Path) -> None:
    releases = 10 * RELEASES
    assert_nothing_went_wrong(published_under_readers(Workplace(tmp_path), releases), releases)
