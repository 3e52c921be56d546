"""The board's files, put in place whole and for their owner alone."""

from __future__ import annotations

from pathlib import Path

from ingest.settings import Settings
from ingest.storage.files import private_dir, replacing
from orchestration.desk.board.page import as_html
from orchestration.desk.board.status import Board, read_board
from orchestration.desk.board.workbook import write_workbook
from orchestration.publishing.manifest import existing_release

PAGE, WORKBOOK = "board.html", "board.xlsx"


def current_board(settings: Settings) -> Board:
    """The board of the current release, as of today; ReleaseError before the first release."""
    return read_board(existing_release(settings), settings.today)


def write_board(settings: Settings) -> Path:
    """Writes page and workbook of the current board; the folder they lie in."""
    return put_board(current_board(settings), settings)


def put_board(board: Board, settings: Settings) -> Path:
    """Writes page and workbook of a board; the folder they lie in."""
    folder = private_dir(settings.data_dir / "desk")
    with replacing(folder / PAGE) as page:
        page.write_text(as_html(board), encoding="utf-8")
    with replacing(folder / WORKBOOK) as workbook:
        write_workbook(board, workbook)
    return folder
