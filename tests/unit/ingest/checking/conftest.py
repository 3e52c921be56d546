"""A way to check a small table of any form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

from ingest.checking.batch import Batch, Placed
from ingest.checking.check import check_batch, check_totals
from ingest.checking.issues import IssueList
from ingest.checking.pseudonyms import Pseudonymiser
from ingest.contracts.contract import Contract
from ingest.reading.sheet import Sheet, text_columns
from ingest.reading.table import TableFinder
from ingest.reference import Reference
from ingest.values.parse import code_table

KEY = bytes.fromhex("5a" * 32)
Checked = tuple[pa.Table, list[dict[str, object]]]


@pytest.fixture(scope="session")
def finder(contracts: dict[str, Contract], reference: Reference) -> TableFinder:
    return TableFinder(contracts, {name: code_table(codes) for name, codes in reference.codes.items()})


@pytest.fixture
def check(finder: TableFinder, reference: Reference) -> Callable[..., Checked]:
    """Checks rows below their headings as a document of a collection; gives the lake's rows and the issues."""

    def run(*rows: Sequence[str], collection: str = "2020-09") -> Checked:
        sheet = Sheet("Sheet1", 1, text_columns(rows))
        (table,) = finder.tables(sheet)
        placed = Placed(7, reference.collections[collection], table)
        pseudonymiser = Pseudonymiser(KEY)
        issues = IssueList(reference, pseudonymiser)
        batch = Batch(table.recognised.contract, [placed])
        checked = check_batch(batch, reference, pseudonymiser, issues)
        check_totals(placed, reference, issues)
        return checked.rows, issues.table().to_pylist()

    return run
