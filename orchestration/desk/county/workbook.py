"""A unit's standing as a workbook: the forms that it owes, what to mend first, and the receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from ingest.workbooks.style import OutgoingWorkbook, fit_row
from orchestration.desk.board.workbook import LOOKS
from orchestration.desk.county.standing import Owed, SentFile, Standing, ToMend

FORMS = {
    "表": 30, "状态": 10, "到期日": 12, "天数": 14, "采用行数": 10, "搁置行数": 10, "待说明": 10, "缺学校": 10, "依据的文件": 70,
}  # fmt: skip
MENDS = {"严重程度": 10, "数量": 12, "问题与处理": 80, "表": 26, "文件": 40, "反馈表": 60}
FILES = {
    "文件": 50, "收到时间": 18, "结果": 10, "原因": 40, "表": 30, "读到行数": 10, "采用行数": 10, "搁置行数": 10, "反馈表": 60,
}  # fmt: skip
HEADING_ROW = 2
Cell = str | int | date | None


def write_workbook(standing: Standing, target: Path) -> None:
    """Writes the workbook of a unit in a collection; links lead to the feedback workbooks beside it."""
    with OutgoingWorkbook(target) as book:
        _add(
            book,
            "报送情况",
            standing,
            FORMS,
            ((_form(each), LOOKS.get(each.state.status, [])) for each in standing.owed),
        )
        _add(book, "先改正的", standing, MENDS, ((_mend(each), [each.weight]) for each in standing.to_mend))
        _add(book, "收到的文件", standing, FILES, ((_file(each), _file_look(each)) for each in standing.files))


def _form(owed: Owed) -> list[Cell]:
    state = owed.state
    figures = (state.rows_accepted, state.rows_set_aside, state.queries, state.schools_missing)
    rests_on = "\n".join(f"{file.name}（{rows:,} 行）" for file, rows in owed.rests_on)
    return [owed.form_zh, state.word, state.due_on, owed.days, *figures, rests_on]


def _mend(mend: ToMend) -> list[Cell]:
    return [mend.word, mend.times, mend.text, mend.form_zh, mend.places, mend.files[0].workbook]


def _file(file: SentFile) -> list[Cell]:
    """A receipt; Excel knows no time zones."""
    rows = (file.rows_read, file.rows_accepted, file.rows_set_aside)
    received_at = file.received_at.replace(tzinfo=None)
    return [file.name, received_at, file.status_zh, file.reason, file.forms_zh, *rows, file.workbook or file.verdict]


def _file_look(file: SentFile) -> Sequence[str]:
    return {"accepted": ["explained"], "rejected": ["fatal"]}.get(file.status, ["note"])


def _add(
    book: OutgoingWorkbook,
    name: str,
    standing: Standing,
    columns: Mapping[str, int],
    rows: Iterable[tuple[Sequence[Cell], Sequence[str]]],
) -> None:
    """A sheet with a row for each of `rows`, whose status has the look that comes with it."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, f"{standing.title}（截至 {standing.today}）", book.look("title"))
    for index, (title, width) in enumerate(columns.items()):
        sheet.set_column(index, index, width)
        sheet.write_string(HEADING_ROW, index, title, book.look("heading"))
    last = HEADING_ROW
    for last, (cells, look) in enumerate(rows, start=HEADING_ROW + 1):
        fit_row(sheet, last, zip(cells, columns.values(), strict=True))
        for index, (title, value) in enumerate(zip(columns, cells, strict=True)):
            _write(book, sheet, (last, index), value, look if title in ("状态", "严重程度", "结果") else ())
    sheet.autofilter(HEADING_ROW, 0, last, len(columns) - 1)
    sheet.repeat_rows(HEADING_ROW)
    sheet.freeze_panes(HEADING_ROW + 1, 0)


def _write(book: OutgoingWorkbook, sheet: Worksheet, at: tuple[int, int], value: Cell, look: Sequence[str]) -> None:
    if isinstance(value, date):
        num_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
        sheet.write_datetime(*at, value, book.look("number", num_format=num_format))
    elif isinstance(value, str) and value.endswith(".xlsx") and "（反馈 " in value:
        sheet.write_url(*at, f"external:{value}", book.look("link"), value)
    else:
        sheet.write(*at, value, book.look("number" if isinstance(value, int) else "cell", *look))
