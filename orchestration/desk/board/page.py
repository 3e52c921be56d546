"""The board as one static page that needs no network: printed, mailed, or opened on a phone."""

from __future__ import annotations

from pathlib import Path

from orchestration.desk.board.reminder import reminder
from orchestration.desk.board.status import MEANINGS, NOT_SUPPLIED, STATUSES, Board
from orchestration.publishing.templating import templates_in

TEMPLATES = templates_in(Path(__file__).parent)


def as_html(board: Board) -> str:
    """The page of the board."""
    template = TEMPLATES.get_template("page.html.j2")
    return template.render(
        board=board, statuses=STATUSES, meanings=MEANINGS, not_supplied=NOT_SUPPLIED, reminder=reminder
    )
