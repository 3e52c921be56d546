"""The board as a workbook: the list of what to chase, texts to copy, and the matrix of every collection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ingest.workbooks.style import OutgoingWorkbook, fit_row, sheet_name
from orchestration.desk.board.reminder import reminder
from orchestration.desk.board.status import NOT_SUPPLIED, STATUSES, Board, Return, Round

CHASE_SHEET = "催办清单"
CHASE_COLUMNS = {
    "学年": 12,
    "单位": 16,
    "表": 34,
    "状态": 10,
    "到期日": 12,
    "逾期天数": 10,
    "收到时间": 18,
    "采用行数": 10,
    "搁置行数": 10,
    "待说明": 10,
    "缺校数": 10,
}
REMINDER_SHEET = "催办文字"
REMINDER_COLUMNS = {"学年": 12, "单位": 16, "文字": 110}
STATUS_COLUMN = list(CHASE_COLUMNS).index("状态")
LOOKS = {
    "overdue": ["fatal"],
    "rejected": ["error"],
    "received": ["query"],
    "queried": ["query"],
    "accepted": ["explained"],
}
UNIT_WIDTH, FORM_WIDTH = 16, 14
HEADING_HEIGHT, ROW_HEIGHT = 48, 30  # three lines for the longest names of forms, two for the longest statuses
HEADING_ROW = 2


def write_workbook(board: Board, target: Path) -> None:
    """Writes the workbook of the board."""
    with OutgoingWorkbook(target) as book:
        _add_chase(book, board)
        _add_reminders(book, board)
        for each in board.rounds:
            _add_matrix(book, board, each)


def _listing(book: OutgoingWorkbook, name: str, title: str, columns: Mapping[str, int]) -> Worksheet:
    """A sheet with a title and its headings, which stay in sight; columns are headings with their widths."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, title, book.look("title"))
    for index, (heading, width) in enumerate(columns.items()):
        sheet.set_column(index, index, width)
        sheet.write_string(HEADING_ROW, index, heading, book.look("heading"))
    sheet.freeze_panes(HEADING_ROW + 1, 0)
    return sheet


def _add_chase(book: OutgoingWorkbook, board: Board) -> None:
    """The list to work through, and to filter."""
    sheet = _listing(book, CHASE_SHEET, f"催办清单（截至 {board.today}）", CHASE_COLUMNS)
    row = HEADING_ROW
    for each in board.rounds:
        for owed in sorted(filter(lambda found: found.is_to_chase, each.returns.values()), key=_urgency):
            row += 1
            for index, value in enumerate(_cells(board, each, owed)):
                _write(book, sheet, row, index, value)
            sheet.write_string(row, STATUS_COLUMN, owed.word, _look(book, owed.status))
    sheet.autofilter(HEADING_ROW, 0, row, len(CHASE_COLUMNS) - 1)
    sheet.repeat_rows(HEADING_ROW)


def _urgency(owed: Return) -> tuple[int, int]:
    """What is overdue comes first, the longest overdue before."""
    return list(STATUSES).index(owed.status), -owed.days_overdue


def _add_reminders(book: OutgoingWorkbook, board: Board) -> None:
    """A text to copy for each unit of the collections that are open."""
    sheet = _listing(book, REMINDER_SHEET, f"催办文字（截至 {board.today}）", REMINDER_COLUMNS)
    row = HEADING_ROW
    for each in board.current:
        for unit_code in each.to_chase:
            row += 1
            texts = (each.name_zh, board.units[unit_code], reminder(board, each, unit_code))
            fit_row(sheet, row, zip(texts, REMINDER_COLUMNS.values(), strict=True))
            for index, text in enumerate(texts):
                sheet.write_string(row, index, text, book.look("cell"))


def _cells(board: Board, collection: Round, owed: Return) -> list[str | int | date | None]:
    """A line of the list, in the order of its columns; Excel knows no time zones."""
    return [
        collection.name_zh,
        board.units[owed.unit_code],
        board.forms[owed.form],
        owed.word,
        owed.due_on,
        owed.days_overdue,
        owed.received_at.replace(tzinfo=None) if owed.received_at else None,
        owed.rows_accepted,
        owed.rows_set_aside,
        owed.queries,
        owed.schools_missing,
    ]


def _write(book: OutgoingWorkbook, sheet: Worksheet, row: int, index: int, value: str | int | date | None) -> None:
    if isinstance(value, date):
        num_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
        sheet.write_datetime(row, index, value, book.look("number", num_format=num_format))
    else:
        sheet.write(row, index, value, book.look("number" if isinstance(value, int) else "cell"))


def _look(book: OutgoingWorkbook, status: str) -> Format:
    return book.look("cell", *LOOKS.get(status, ()))


def _add_matrix(book: OutgoingWorkbook, board: Board, collection: Round) -> None:
    """Units by forms, as on the page."""
    sheet = book.add_worksheet(sheet_name(collection.name_zh, book.sheetnames))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, f"{collection.name_zh} 报送进度（截至 {board.today}）", book.look("title"))
    sheet.set_column(0, 0, UNIT_WIDTH)
    sheet.set_column(1, len(board.forms), FORM_WIDTH)
    sheet.set_row(HEADING_ROW, HEADING_HEIGHT)
    sheet.write_row(HEADING_ROW, 0, ["单位", *board.forms.values()], book.look("heading"))
    for row, (unit_code, name) in enumerate(board.units.items(), start=HEADING_ROW + 1):
        sheet.set_row(row, ROW_HEIGHT)
        sheet.write_string(row, 0, name, book.look("heading"))
        for index, form in enumerate(board.forms, start=1):
            each = collection.returns.get((unit_code, form))
            sheet.write_string(
                row, index, each.text if each else NOT_SUPPLIED, _look(book, each.status if each else "")
            )
    sheet.freeze_panes(HEADING_ROW + 1, 1)
