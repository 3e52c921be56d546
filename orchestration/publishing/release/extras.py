"""What accompanies the tables of a release: the pages of the scoreboard, and the dictionary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingest.reference import Reference
from orchestration.publishing.catalogue import Catalogue
from orchestration.publishing.dictionary import write_dictionary
from orchestration.publishing.scoreboard.page import write_scoreboard


@dataclass(frozen=True)
class Edition:
    """A release in the making: `db` holds its tables, `folder` will be its folder; `made_at` is in UTC, `today` as set."""

    db: duckdb.DuckDBPyConnection
    folder: Path
    release_id: str
    made_at: datetime
    today: date
    catalogue: Catalogue
    reference: Reference


Companion = Callable[[Edition], None]


def add_scoreboard(edition: Edition) -> None:
    """`scoreboard/`: the pages for people who would rather look than read, with schools: they are the bureau's."""
    write_scoreboard(edition.db, edition.folder / "scoreboard", edition.release_id, edition.made_at, edition.today)


def add_dictionary(edition: Edition) -> None:
    """`dictionary/`: what every table, form, code, metric and check means."""
    write_dictionary(
        edition.db, edition.folder / "dictionary", edition.release_id, edition.catalogue, edition.reference
    )


COMPANIONS: tuple[Companion, ...] = (add_scoreboard, add_dictionary)
