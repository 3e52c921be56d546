"""Fixtures that every kind of test shares: small documents, the loaded contracts, and what a skip means in CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import hypothesis
import pluggy
import pytest
import xlsxwriter
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from ingest.contracts.contract import Contract, load_contracts
from ingest.reference import Reference, load_reference

Rows = Sequence[Sequence[object]]
hypothesis.settings.register_profile("noisy machines", deadline=None)
hypothesis.settings.load_profile("noisy machines")


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return load_contracts()


@pytest.fixture(scope="session")
def reference() -> Reference:
    return load_reference()


@pytest.fixture
def write_xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Writes sheets of rows to a workbook; `merges` are (first row, first column, last row, last column) on the first sheet."""

    def write(
        *sheets: tuple[str, Rows],
        name: str = "book.xlsx",
        merges: Sequence[tuple[int, int, int, int]] = (),
        hidden: Sequence[str] = (),
    ) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}) as book:
            for number, (title, rows) in enumerate(sheets):
                sheet = book.add_worksheet(title)
                for row_number, row in enumerate(rows):
                    for column, value in enumerate(row):
                        if value not in (None, ""):
                            sheet.write(row_number, column, value)
                if title in hidden:
                    sheet.hide()
                for merge in merges if number == 0 else ():
                    sheet.merge_range(*merge, rows[merge[0]][merge[1]])
        return path

    return write


class SharedFixtures(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Tests of one module share what it lays down, those of `golden` their cities: each such group runs in one process."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return "golden" if module.startswith("tests/golden/") else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedFixtures:
    # xdist's own `loadgroup` writes the group into node ids, where pytest 9.2 no longer looks for it.
    return SharedFixtures(config, log)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, pluggy.Result[pytest.TestReport], None]:
    """Where everything is installed (CI), a test that skips has failed."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("EDU_TEST_REQUIRE_ALL") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped although EDU_TEST_REQUIRE_ALL=1: {report.longrepr}"
