"""The feedback workbook: what we ask a county to mend or explain in one of its documents, and the document's sheets with it.

The first two sheets are ours (a summary, and one row an issue); after them stand the county's own sheets, masked and coloured.
"""

from __future__ import annotations

import datetime as dt
import gc
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice, product
from pathlib import Path

from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from ingest.checking.issues import NOT_SHOWN
from ingest.reading.feedback_mark import MARK_NAME
from ingest.reading.reader import Reader
from ingest.reading.sheet import Merge
from ingest.reading.table import Table
from ingest.reference import Reference
from ingest.settings import TIME_ZONE
from ingest.storage.files import replacing
from ingest.values.parse import mask_digits
from ingest.values.vocabulary import VOCABULARY
from ingest.workbooks.fault_kinds import FaultKind, fault_kinds, personal_forms
from ingest.workbooks.faults import SEVERITIES, WEIGHTS, Feedback, FeedbackIssue
from ingest.workbooks.masked import MaskedSheet, Row, Value
from ingest.workbooks.style import CELL_CHARACTERS, FONT, OutgoingWorkbook, fit_row, sheet_name, text_width

SUMMARY_SHEET, LIST_SHEET = "反馈", "问题清单"
NUMBER_HEADING, EXPLANATION_HEADING = "编号", "说明"

WHOLE_ROWS_MAX = 200  # of a longer sheet only what is at fault is shown, at its own addresses
LARGE_CELLS = 100_000  # some 0.4 KB each while they are held
ROWS_MAX, COLUMNS_MAX, LINKS_MAX = 1_048_576, 16_384, 65_530  # what Excel takes on one sheet
COMMENTS_MAX = 2_000  # more than these make Excel slow
COMMENT_CHARACTERS = 1_000
COMMENT_LINE, COMMENT_PIXELS, COMMENT_LINE_PIXELS = 40, 320, 18
PLACES_SHOWN = 5
SENTENCES_SHOWN = 4  # of one row of the summary
FITTED_ROWS = 300
FROZEN_ROWS_MAX = 15
NARROWEST, WIDEST = 6, 40  # characters
MERGED_CELLS_MAX = 10_000  # a merge over more is of whole rows or columns and not worth keeping
EXCEL_FIRST_YEAR = 1900
TEXT_WAS_CUT = -2  # as xlsxwriter says it
COPY_NOTICE = f"{VOCABULARY.copy_notice}。请在本单位自己的原表中更正后重新报送完整的表。"
MARK_LABEL = "标识（请勿改动）"
NOTE = "提示"

INSTRUCTIONS = (
    "1. 标为“拒收”“错误”的：请在本单位自己的原表中改正，再把完整的表（不是只报改过的行）重新报送到原来的位置。",
    "2. 标为“询问”的：如数据无误，请在“说明”一栏写明原因，然后把本工作簿放回原来报送的文件夹；如数据有误，按第 1 条办理。",
    "3. 同一检查项的各条询问原因相同时，在本页的“说明”中填写一次即可；否则请在“问题清单”中逐条填写。",
    "4. 本工作簿退回后只读取“说明”一栏，在其他地方所作的修改一律不读取。",
    "5. “说明”中请勿填写姓名、身份证件号、学籍号等个人信息。后面各工作表中的个人信息已隐去。",
)
INSTRUCTIONS_BEFORE_SENDING = (
    "1. 这是报送前的自查结果，文件尚未报送。本工作簿不要报送。",
    "2. 标为“拒收”“错误”的：请在本单位自己的原表中改正，再检查一次，没有问题后报送完整的表。",
    "3. 标为“询问”的：请核对；数据无误的可照常报送，报送后在市级退回的反馈表中写明原因。",
    "4. 与以前报送的文件、其他单位的数据之间的核对，要在报送之后进行。",
)
SUMMARY_COLUMNS = (
    ("问题与处理", 60),
    ("数量", 7),
    ("严重程度", 9),
    ("表", 18),
    ("检查项", 14),
    ("前几处", 9),
    *[("", 9)] * (PLACES_SHOWN - 1),
    (EXPLANATION_HEADING, 32),
    (NUMBER_HEADING, 8),
)
LIST_COLUMNS = (
    ("严重程度", 10),
    ("检查项", 18),
    ("表", 20),
    ("工作表", 16),
    ("单元格", 9),
    ("列", 18),
    ("值", 22),
    ("问题与处理", 70),
    (EXPLANATION_HEADING, 40),
    (NUMBER_HEADING, 15),
)
A1_PATTERN = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")

Position = tuple[int, int]  # row and column, counted from 0
Address = tuple[str, Position]  # a sheet of the feedback workbook and a cell of it


@contextmanager
def _without_collector() -> Iterator[None]:
    """Cells come by the hundred thousand and hold no cycles: looking for some over and over takes a tenth of the time.

    The workbook itself is one, and is taken away once nobody holds it: all that came since is of the youngest generation.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        if was_enabled:
            gc.enable()


@_without_collector()
def write_feedback(
    sheets: Sequence[MaskedSheet], target: Path, feedback: Feedback, reader: Reader, reference: Reference
) -> None:
    """Writes the feedback on a document with those own sheets to `target` (.xlsx, readable by its owner only), whole or not at all.

    OSError when it cannot be written.
    """
    with replacing(target) as temporary, OutgoingWorkbook(temporary, _is_large(sheets, feedback)) as book:
        _Writer(book, feedback, reader, reference, written_names(sheets)).write(sheets)


def _is_large(sheets: Iterable[MaskedSheet], feedback: Feedback) -> bool:
    """Whether so much will be shown that it had better go to disk row by row."""
    at_fault = Counter(issue.sheet for issue in feedback.issues)
    shown = (sheet.height if is_shown_whole(sheet) else 3 * at_fault[sheet.name] for sheet in sheets)
    return sum(rows * len(sheet.table.cells) for rows, sheet in zip(shown, sheets, strict=True)) > LARGE_CELLS


def is_shown_whole(sheet: MaskedSheet) -> bool:
    """Whether the workbook holds every row of a sheet, and not only those at fault."""
    return not sheet.goes_on and sheet.height <= WHOLE_ROWS_MAX


def written_names(sheets: Iterable[MaskedSheet]) -> dict[str, str]:
    """Name in the feedback workbook of each own sheet; one that is already ours, or holds a long number, gives way."""
    names: dict[str, str] = {}
    for sheet in sheets:
        names[sheet.name] = sheet_name(mask_digits(sheet.name), {SUMMARY_SHEET, LIST_SHEET, *names.values()})
    return names


@dataclass
class _Writer:
    """One feedback workbook while it is written; `places` and `remarks` come together on the own sheets, for the list."""

    book: OutgoingWorkbook
    feedback: Feedback
    reader: Reader
    reference: Reference
    names: Mapping[str, str]
    places: dict[FeedbackIssue, Address] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def write(self, sheets: Iterable[MaskedSheet]) -> None:
        self.book.define_name(MARK_NAME, self.feedback.mark.formula)
        summary, issue_list = (self._page(name) for name in (SUMMARY_SHEET, LIST_SHEET))
        issues = self._ordered()
        for sheet in sheets:
            self._own_sheet(sheet, [issue for issue in issues if issue.sheet == sheet.name])
        self._summary(summary)
        self._list(issue_list, issues)

    def _page(self, name: str) -> Worksheet:
        page = self.book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        return page

    def _ordered(self) -> list[FeedbackIssue]:
        """The worst first, then by sheet and row."""
        severities, sheets = list(SEVERITIES), list(self.names)

        def order(issue: FeedbackIssue) -> tuple[int, int, int]:
            sheet_no = sheets.index(issue.sheet) if issue.sheet in sheets else len(sheets)
            return severities.index(issue.severity), sheet_no, issue.row_number or 0

        return sorted(self.feedback.issues, key=order)

    # The county's own sheets

    def _own_sheet(self, sheet: MaskedSheet, issues: Sequence[FeedbackIssue]) -> None:
        page = self._page(self.names[sheet.name])
        first_data_row = sheet.table.recognised.first_data_row
        is_whole = is_shown_whole(sheet)
        rows = enumerate(sheet.rows, start=1) if is_whole else sheet.rows_at(_rows_at_fault(issues))
        first_rows = list(islice(rows, max(FITTED_ROWS, first_data_row)))
        head = [row for _, row in first_rows[:first_data_row]]
        merges = _merged(page, sheet.merges) if is_whole and not self.book.is_large else []
        colours = self._annotate(page, sheet.tables, head, merges, issues)
        headings = {mask_digits(text) for table in sheet.tables for text in table.recognised.headings.values()}
        widths = _widths(first_rows, sheet.table)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        for number, row in enumerate(head):
            fit_row(
                page,
                number,
                ((value if value in headings else "", width) for value, width in zip(row, widths, strict=False)),
            )
        if first_data_row <= FROZEN_ROWS_MAX:
            page.freeze_panes(first_data_row, 0)
        if not is_whole:
            page.set_default_row(hide_unused_rows=True)
            self.remarks.append(f"工作表“{page.get_name()}”较长，只列出有问题的行和上下各一行，其他行已隐藏。")
        page.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(ROWS_MAX - 1, COLUMNS_MAX - 1)}"})
        slipped = self.feedback.slipped_rows.get(sheet.name, frozenset())
        shown = ((number, _hidden(row) if number in slipped else row) for number, row in chain(first_rows, rows))
        last = self._rows(page, shown, colours, headings, first_data_row)
        if (below := max(last, sheet.height) + 1) < ROWS_MAX:
            _put(page, below, 0, COPY_NOTICE, self.book.look("subtitle"))

    def _annotate(
        self,
        page: Worksheet,
        tables: Sequence[Table],
        head: Sequence[Row],
        merges: Sequence[Merge],
        issues: Sequence[FeedbackIssue],
    ) -> dict[int, dict[int, str]]:
        """Comments on the cells at fault; their colours by row and column. An issue of a covered cell goes to the one that shows."""
        showing = {cell: (merge.first_row, merge.first_column) for merge in merges for cell in _cells(merge)}
        by_cell: dict[Position, list[FeedbackIssue]] = {}
        for issue in issues:
            table = next((table for table in tables if table.form == issue.form), tables[0])
            if cell := _cell_of(issue, table, head):
                cell = showing.get(cell, cell)
                by_cell.setdefault(cell, []).append(issue)
                self.places[issue] = (page.get_name(), cell)
        colours: dict[int, dict[int, str]] = {}
        for (row, column), here in by_cell.items():
            colours.setdefault(row, {})[column] = min((issue.weight for issue in here), key=list(WEIGHTS).index)
        for cell, here in islice(by_cell.items(), COMMENTS_MAX):
            self._comment(page, cell, here)
        if len(by_cell) > COMMENTS_MAX:
            self.remarks.append(
                f"工作表“{page.get_name()}”只在前 {COMMENTS_MAX:,} 个有问题的单元格加了批注，其余只着色。"
            )
        return colours

    def _comment(self, page: Worksheet, cell: Position, issues: Sequence[FeedbackIssue]) -> None:
        lines = [f"{self._check(issue.check_id)}：{issue.message_zh}" for issue in issues]
        lines += [f"已说明：{issue.explanation}" for issue in issues if issue.weight == "explained"]
        text = mask_digits("\n".join(dict.fromkeys(lines)))[:COMMENT_CHARACTERS]
        height = sum(1 + text_width(line) // COMMENT_LINE for line in text.split("\n")) * COMMENT_LINE_PIXELS
        page.write_comment(
            *cell,
            text,
            {"width": COMMENT_PIXELS, "height": height + COMMENT_LINE_PIXELS, "font_size": 9, "font_name": FONT},
        )

    def _rows(
        self,
        page: Worksheet,
        rows: Iterable[tuple[int, Row]],
        colours: Mapping[int, Mapping[int, str]],
        headings: Collection[str],
        first_data_row: int,
    ) -> int:
        """Writes rows under their numbers (from 1); the last number."""
        cut_texts = number = 0
        is_wide = False
        for number, row in rows:
            if number > ROWS_MAX:
                self.remarks.append(f"工作表“{page.get_name()}”超过 {ROWS_MAX:,} 行，其后的行未列出。")
                break
            at = number - 1
            coloured = colours.get(at, {})
            row += [""] * (max(coloured, default=-1) + 1 - len(row))
            is_wide |= len(row) > COLUMNS_MAX
            row = row[:COLUMNS_MAX]
            if coloured or at < first_data_row:
                cut_texts += self._row_with_looks(page, at, row, coloured, headings if at < first_data_row else ())
            else:
                cut_texts += self._plain_row(page, at, row)
        if cut_texts:
            self.remarks.append(
                f"工作表“{page.get_name()}”有 {cut_texts} 个单元格的文字超过 {CELL_CHARACTERS:,} 个字符，只列出前面的部分。"
            )
        if is_wide:
            self.remarks.append(f"工作表“{page.get_name()}”超过 {COLUMNS_MAX:,} 列，其后的列未列出。")
        return number

    def _row_with_looks(
        self, page: Worksheet, number: int, row: Row, coloured: Mapping[int, str], headings: Collection[str]
    ) -> int:
        """Writes a row with headings or colours; how many texts were cut."""
        cut_texts = 0
        for column, value in enumerate(row):
            looks = ["heading"] if value in headings else []
            if column in coloured:
                looks.append(coloured[column])
            if value != "" or looks:
                cut_texts += _put(page, number, column, value, self._format(value, looks)) == TEXT_WAS_CUT
        return cut_texts

    def _plain_row(self, page: Worksheet, number: int, row: Row) -> int:
        """Writes a row as nearly all are, where every step counts; how many texts were cut."""
        cut_texts = 0
        write_string = page.write_string
        for column, value in enumerate(row):
            if value.__class__ is not str:
                _put(page, number, column, value, self._format(value))
            elif value and write_string(number, column, value) == TEXT_WAS_CUT:
                cut_texts += 1
        return cut_texts

    def _format(self, value: Value, looks: Sequence[str] = ()) -> Format | None:
        number_format = _number_format(value)
        return self.book.look(*looks, num_format=number_format) if looks or number_format else None

    # Our two sheets

    def _summary(self, page: Worksheet) -> None:
        row = self._opening(page) + 2
        self._head(page, row, SUMMARY_COLUMNS)
        for kinds in self._summary_kinds():
            row += 1
            self._summary_row(page, row, kinds)
        row += 2
        _put(page, row, 0, "如何处理", self.book.look("heading"))
        for instruction in INSTRUCTIONS_BEFORE_SENDING if self.feedback.is_before_sending else INSTRUCTIONS:
            row += 1
            _put(page, row, 0, instruction)

    def _opening(self, page: Worksheet) -> int:
        """What the workbook is about, and the mark, which must stand near the top; the last row."""
        feedback, look = self.feedback, self.book.look
        title = "报送前自查" if feedback.is_before_sending else "报送文件反馈"
        _put(page, 0, 0, f"{feedback.unit_name_zh} {feedback.collection_name_zh} {title}".strip(), look("title"))
        row = 0
        for label, value in self._about().items():
            row += 1
            _put(page, row, 0, f"{label}：{value}", look("aside" if label == MARK_LABEL else "subtitle"))
        return row

    def _about(self) -> dict[str, str]:
        counts: Counter[str] = Counter()
        for count in self.feedback.counts:
            counts[count.severity] += count.issues
        explained = sum(count.explained for count in self.feedback.counts)
        words = [f"{label} {counts[severity]} 处" for severity, label in SEVERITIES.items()]
        received = self.feedback.received_at.astimezone(TIME_ZONE)
        return {
            "报送文件": mask_digits(self.feedback.path),
            "文件时间" if self.feedback.is_before_sending else "收到时间": f"{received:%Y-%m-%d %H:%M}（北京时间）",
            "问题数量": "，".join(words) + (f"（其中已说明 {explained} 处）" if explained else ""),
            MARK_LABEL: self.feedback.mark.text,
        }

    def _summary_kinds(self) -> list[list[FaultKind]]:
        """The rows of the summary: one a kind of fault; all that one explanation answers in one, and all notes in one."""
        rows: dict[object, list[FaultKind]] = {}
        ordered = replace(self.feedback, issues=self._ordered())
        for number, kind in enumerate(fault_kinds(ordered, personal_forms(self.reader.contracts))):
            keys = {"query": (kind.check_id, kind.form), "note": NOTE}
            rows.setdefault(keys.get(kind.weight, number), []).append(kind)
        return list(rows.values())

    def _summary_row(self, page: Worksheet, row: int, kinds: Sequence[FaultKind]) -> None:
        look, first = self.book.look, kinds[0]
        is_note, is_query = first.weight == "note", first.weight == "query"
        weight = "explained" if all(kind.is_explained for kind in kinds) else first.weight
        word = NOTE if is_note else WEIGHTS[weight] if weight != "explained" else SEVERITIES["query"]
        forms = "、".join(dict.fromkeys(self._form(kind.form) for kind in kinds))
        texts: tuple[Value, ...] = (
            _sentences(kinds),
            sum(kind.count for kind in kinds),
            word,
            forms,
            self._check(first.check_id),
        )
        fit_row(page, row, zip(texts, (width for _, width in SUMMARY_COLUMNS), strict=False))
        looks = (look("cell"), look("number"), look("cell", weight), look("cell"), look("cell"))
        for column, (text, format_) in enumerate(zip(texts, looks, strict=True)):
            _put(page, row, column, text, format_)
        places = self._places([] if is_note else [issue for kind in kinds for issue in kind.issues])
        for offset in range(PLACES_SHOWN):
            self._link(page, (row, len(texts) + offset), places[offset] if offset < len(places) else None)
        number = "" if is_note else f"{first.check_id}:{first.form}" if first.form else first.check_id
        _put(page, row, len(SUMMARY_COLUMNS) - 2, "", look("input") if is_query else look("cell"))
        _put(page, row, len(SUMMARY_COLUMNS) - 1, number, look("cell", "aside", "cut"))

    def _places(self, issues: Sequence[FeedbackIssue]) -> list[Address]:
        """Where issues show, in order of sheet and row, each place once."""
        found = (self.places.get(issue) for issue in issues)
        sheets = list(self.names.values())
        return sorted({place for place in found if place}, key=lambda place: (sheets.index(place[0]), place[1]))

    def _list(self, page: Worksheet, issues: Sequence[FeedbackIssue]) -> None:
        rows_above = len(self.remarks) + 4  # the total, a remark on what is left out, a blank, the headings
        listed = issues[: ROWS_MAX - rows_above]
        if len(listed) < self.feedback.total:
            self.remarks.append(
                f"只列出 {len(listed):,} 条：问题很多的检查项只列出、着色前面的一部分，总数见“{SUMMARY_SHEET}”。"
            )
        heading_row = len(self.remarks) + 2
        for row, remark in enumerate([f"共 {self.feedback.total:,} 条问题。", *self.remarks]):
            _put(page, row, 0, remark, self.book.look("subtitle"))
        self._head(page, heading_row, LIST_COLUMNS)
        page.freeze_panes(heading_row + 1, 0)
        page.repeat_rows(heading_row)
        page.autofilter(heading_row, 0, heading_row + len(listed), len(LIST_COLUMNS) - 1)
        for row, issue in enumerate(listed, start=heading_row + 1):
            self._list_row(page, row, issue)

    def _list_row(self, page: Worksheet, row: int, issue: FeedbackIssue) -> None:
        shade = ["explained"] if issue.weight == "explained" else []
        cell = self.book.look("cell", *shade)
        texts = {
            NUMBER_HEADING: issue.issue_no,
            "严重程度": SEVERITIES[issue.severity],
            "检查项": self._check(issue.check_id),
            "表": self._form(issue.form),
            "工作表": self.names.get(issue.sheet or "", mask_digits(issue.sheet or "")),
            "列": self._column(issue),
            "值": mask_digits(issue.value_masked or ""),
            "问题与处理": mask_digits(issue.message_zh),
            EXPLANATION_HEADING: mask_digits(issue.explanation or ""),
        }
        fit_row(page, row, ((texts.get(heading, ""), width) for heading, width in LIST_COLUMNS))
        for column, (heading, _) in enumerate(LIST_COLUMNS):
            if heading == "单元格":
                self._link(page, (row, column), self.places.get(issue), shade, issue.cell)
            elif heading == "严重程度":
                _put(page, row, column, texts[heading], self.book.look("cell", issue.weight))
            elif heading == NUMBER_HEADING:
                _put(page, row, column, texts[heading], self.book.look("cell", *shade, "aside"))
            elif heading == EXPLANATION_HEADING and issue.severity == "query":
                _put(page, row, column, texts[heading], self.book.look("input", *shade))
            else:
                _put(page, row, column, texts[heading], cell)

    def _link(
        self, page: Worksheet, at: Position, place: Address | None, shade: Sequence[str] = (), text: str | None = None
    ) -> None:
        """A link to a cell of an own sheet, shown as the cell (and sheet, where there are several); plain text without a place."""
        look = self.book.look
        if place is None:
            _put(page, *at, text or "", look("cell", *shade))
            return
        sheet, cell = place[0], xl_rowcol_to_cell(*place[1])
        shown = text or (cell if len(self.names) == 1 else f"{sheet}!{cell}")
        quoted = sheet.replace("'", "''")
        if page.hlink_count < LINKS_MAX:
            page.write_url(*at, f"internal:'{quoted}'!{cell}", look("link", *shade), shown)
        else:
            _put(page, *at, shown, look("cell", *shade))

    def _head(self, page: Worksheet, row: int, columns: Sequence[tuple[str, int]]) -> None:
        for column, (heading, width) in enumerate(columns):
            page.set_column(column, column, width)
            _put(page, row, column, heading, self.book.look("heading"))

    def _check(self, check_id: str) -> str:
        check = self.reference.checks.get(check_id)
        return check.name_zh if check else check_id

    def _form(self, form: str | None) -> str:
        contract = self.reader.contracts.get(form or "")
        return contract.name_zh if contract else form or ""

    def _column(self, issue: FeedbackIssue) -> str:
        contract = self.reader.contracts.get(issue.form or "")
        columns = contract.columns if contract else ()
        headings = {column.name: column.heading_zh for column in columns}
        return headings.get(issue.column_name or "", mask_digits(issue.column_name or ""))


def _sentences(kinds: Sequence[FaultKind]) -> str:
    """What is wrong and how to mend it: a sentence, or one a line with its count; notes in one line."""
    if kinds[0].weight == "note":
        return "无需答复：" + " ".join(kind.text for kind in kinds)
    if len(kinds) == 1:
        return kinds[0].text
    lines = [f"{kind.text}（{kind.count:,} 处）" for kind in kinds[:SENTENCES_SHOWN]]
    if len(kinds) > SENTENCES_SHOWN:
        lines.append(f"……共 {len(kinds)} 种，其余见“{LIST_SHEET}”。")
    return "\n".join(lines)


def _cell_of(issue: FeedbackIssue, table: Table, head: Sequence[Row]) -> Position | None:
    """Where an issue shows: its cell, else the first column of its row, else the heading of its column; None without any."""
    columns = table.recognised.columns
    if issue.cell and A1_PATTERN.fullmatch(issue.cell):
        place: Position = xl_cell_to_rowcol(issue.cell)
        return place
    if issue.row_number:
        return issue.row_number - 1, min(columns.values()) + table.first_column
    if issue.column_name is None:
        return None
    position = columns.get(issue.column_name)
    heading = issue.column_name if position is None else table.recognised.headings[position]
    wanted = mask_digits(heading.strip())
    places = ((row, column) for row in reversed(range(len(head))) for column, _ in enumerate(head[row]))
    return next((cell for cell in places if str(head[cell[0]][cell[1]]).strip() == wanted), None)


def _rows_at_fault(issues: Iterable[FeedbackIssue]) -> set[int]:
    """The numbers (from 1) of the rows that issues are about, and of the rows above and below each."""
    numbers = {issue.row_number for issue in issues if issue.row_number}
    numbers |= {
        xl_cell_to_rowcol(issue.cell)[0] + 1 for issue in issues if issue.cell and A1_PATTERN.fullmatch(issue.cell)
    }
    return {number + step for number in numbers for step in (-1, 0, 1)}


def _hidden(row: Row) -> Row:
    return [value if value == "" else NOT_SHOWN for value in row]


def _merged(page: Worksheet, merges: Iterable[Merge]) -> list[Merge]:
    """Merges the ranges of a sheet; those that overlap others or are too large are left out. Cells are written afterwards."""
    kept = []
    for merge in merges:
        height, width = merge.last_row - merge.first_row + 1, merge.last_column - merge.first_column + 1
        if not 1 < height * width <= MERGED_CELLS_MAX:
            continue
        with suppress(OverlappingRange):
            page.merge_range(merge.first_row, merge.first_column, merge.last_row, merge.last_column, "")
            kept.append(merge)
    return kept


def _cells(merge: Merge) -> Iterator[Position]:
    return product(range(merge.first_row, merge.last_row + 1), range(merge.first_column, merge.last_column + 1))


def _widths(rows: Sequence[tuple[int, Row]], table: Table) -> list[float]:
    """A width in characters for each column that suits its last heading and its data; titles and notes may run over it."""
    fitted = {table.recognised.first_data_row, *table.row_numbers[: rows[-1][0] if rows else 0].tolist()}
    columns = zip(*(row for number, row in rows if number in fitted), strict=True)
    return [_width(set(map(str, column))) for column in columns]


def _width(texts: Iterable[str]) -> float:
    longest = max((text_width(line) for text in texts for line in text.splitlines()), default=0)
    return max(NARROWEST, min(longest + 2, WIDEST))


def _number_format(value: Value) -> str | None:
    if isinstance(value, dt.datetime):
        return "yyyy-mm-dd hh:mm:ss"
    if isinstance(value, dt.date):
        return "yyyy-mm-dd"
    if isinstance(value, dt.time):
        return "hh:mm:ss"
    if isinstance(value, dt.timedelta):
        return "[h]:mm:ss"
    return None


def _put(page: Worksheet, row: int, column: int, value: Value, look: Format | None = None) -> int:
    """Writes a value as what it is, never as a formula; TEXT_WAS_CUT when a text is longer than a cell takes."""
    if isinstance(value, dt.date) and value.year < EXCEL_FIRST_YEAR:
        value = str(value)
    if isinstance(value, str):
        return page.write_string(row, column, value, look) if value else int(page.write_blank(row, column, None, look))
    if isinstance(value, bool):
        return int(page.write_boolean(row, column, value, look))
    if isinstance(value, (int, float)):
        return int(page.write_number(row, column, value, look))
    return int(page.write_datetime(row, column, value, look))
