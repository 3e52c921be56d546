"""The data dictionary of a release, as a page and as a workbook, and dbt's own documentation beside it.

`entries.py` gathers what contracts, seeds, models and the release's tables say; `page.py` and `workbook.py` draw it, `dbt_pages.py` tells
dbt's pages what the tables are in the release.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingest.reference import Reference
from orchestration.publishing.catalogue import Catalogue
from orchestration.publishing.dictionary.dbt_pages import write_dbt_pages
from orchestration.publishing.dictionary.entries import read_dictionary
from orchestration.publishing.dictionary.page import as_html
from orchestration.publishing.dictionary.workbook import write_workbook


def write_dictionary(
    db: duckdb.DuckDBPyConnection, folder: Path, release_id: str, catalogue: Catalogue, reference: Reference
) -> None:
    """Writes `index.html`, `dictionary.xlsx` and `dbt.html` of the release open in `db` into a new folder."""
    dictionary = read_dictionary(db, release_id, catalogue, reference)
    folder.mkdir()
    (folder / "index.html").write_text(as_html(dictionary), encoding="utf-8")
    write_workbook(dictionary, folder / "dictionary.xlsx")
    write_dbt_pages(dictionary, folder / "dbt.html")
