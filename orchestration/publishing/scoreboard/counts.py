"""The scoreboard in a few lines: how many targets are met, on track or behind, and what became of the documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.reference import labels

STATUS_COUNTS = """
select collection_id, tier, status, count(*)
from metrics.target_progress
inner join marts.dim_unit using (unit_code)
where kind = 'municipal'
group by all
"""
DOCUMENT_COUNTS = "select status, count(*) from quality.documents group by all"
UNPLACED = "select path, reason from quality.unplaced order by path"


@dataclass(frozen=True)
class Scoreboard:
    """Counts of city rows by (collection, tier, status), of documents by status, and the files that belong to no unit."""

    counts: dict[tuple[str, str, str], int]
    documents: dict[str, int]
    unplaced: list[tuple[str, str]]

    @property
    def collections(self) -> list[str]:
        """The collections that have rows, earliest first."""
        return sorted({collection for collection, *_ in self.counts})

    def _lines(self) -> list[list[str]]:
        statuses = labels("target_status")
        return [
            [collection, tier, *(str(self.counts.get((collection, tier, status), 0)) for status in statuses)]
            for collection, tier in sorted({(collection, tier) for collection, tier, _ in self.counts})
        ]

    def as_markdown(self) -> str:
        """A table of collections and tiers by status, and one line on the documents."""
        titles = ["学年", "类", *labels("target_status").values()]
        rows = [titles, ["---"] * len(titles), *self._lines()]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows) + f"\n\n{self._documents()}"

    def as_text(self) -> str:
        """The same for a terminal."""
        titles = ["学年", "类", *labels("target_status").values()]
        rows = [titles, *self._lines()]
        widths = [max(_width(row[i]) for row in rows) for i in range(len(titles))]
        table = [
            "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        unplaced = [f"未归位：{path}：{reason}" for path, reason in self.unplaced]
        return "\n".join([*table, self._documents(), *unplaced])

    def _documents(self) -> str:
        return (
            "文件："
            + "，".join(f"{name} {self.documents.get(status, 0)}" for status, name in labels("document_status").items())
            + f"，未归位 {len(self.unplaced)}"
        )


def _width(text: str) -> int:
    """Columns of a terminal: Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def read_scoreboard(release: Path) -> Scoreboard:
    """The scoreboard of a release."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as db:
        counts = {(c, t, s): n for c, t, s, n in db.sql(STATUS_COUNTS).fetchall()}
        return Scoreboard(counts, dict(db.sql(DOCUMENT_COUNTS).fetchall()), db.sql(UNPLACED).fetchall())
