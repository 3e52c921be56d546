"""BI tools look at the release that the integration tests lay down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bi.superset import PROGRAM, Superset, running_superset
from tests.integration.conftest import released as released
from tests.integration.conftest import small_landing as small_landing


@pytest.fixture(scope="session")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """A server with a fresh database of its own."""
    if not PROGRAM.exists():
        pytest.skip("Superset is not installed: make test-bi")
    with running_superset(tmp_path_factory.mktemp("superset")) as superset:
        yield superset
