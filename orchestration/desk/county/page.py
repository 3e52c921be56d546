"""A unit's standing as one static page that needs no network: mailed, printed, or opened on a phone."""

from __future__ import annotations

from pathlib import Path

from ingest.workbooks.feedback import INSTRUCTIONS
from orchestration.desk.board.status import MEANINGS, STATUSES
from orchestration.desk.county.standing import Standing
from orchestration.publishing.templating import templates_in

TEMPLATES = templates_in(Path(__file__).parent)
MENDED_FIRST = 12
"""Kinds of fault that the page names; all of them stand in the workbooks."""


def as_html(standing: Standing) -> str:
    """The page of a unit in a collection."""
    template = TEMPLATES.get_template("page.html.j2")
    return template.render(
        standing=standing,
        statuses=STATUSES,
        meanings=MEANINGS,
        instructions=INSTRUCTIONS,
        first=standing.to_mend[:MENDED_FIRST],
        others=len(standing.to_mend) - MENDED_FIRST,
    )
