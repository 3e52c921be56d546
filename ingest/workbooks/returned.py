"""A feedback workbook that came back: the explanations in it, and what was changed on the sheets where nothing is read."""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path

import python_calamine
from xlsxwriter.utility import xl_rowcol_to_cell

from ingest.checking.issues import NOT_SHOWN
from ingest.errors import UnreadableDocumentError
from ingest.limits import check_zip
from ingest.reading.foreign import OLE_MAGIC
from ingest.reading.reader import Reader
from ingest.reading.returned import Explanation, Returned
from ingest.values.parse import mask_digits
from ingest.workbooks.feedback import (
    COLUMNS_MAX,
    COPY_NOTICE,
    EXPLANATION_HEADING,
    NUMBER_HEADING,
    ROWS_MAX,
    is_shown_whole,
    written_names,
)
from ingest.workbooks.masked import Row, Value, load_workbook, masked_sheets, typed_rows
from ingest.workbooks.style import CELL_CHARACTERS

ISSUE_NUMBER = re.compile(r"[0-9a-f]{12}")
CHECK_NUMBER = re.compile(r"([a-z]+\.[a-z_]+)(?::([a-z_]+))?")
EXPLANATION_CHARACTERS = 500
CHANGES_NAMED = 20
XLS_ROWS_MAX, XLS_COLUMNS_MAX = 65_536, 256
DOUBLE_PRECISION = 1e-13  # programs write 15 to 17 digits of a number
WRITTEN_BY_US = (NOT_SHOWN, re.sub(r"\s+", "", COPY_NOTICE))  # in place of what is not shown, and below the rows
ONE_SECOND = dt.timedelta(seconds=1)


def read_returned(path: Path, original: Path, reader: Reader) -> Returned:
    """Reads the feedback workbook at `path` on the document at `original`, whatever program saved it last.

    UnreadableDocumentError when it cannot be opened as a workbook.
    """
    sheets = masked_sheets(original, reader)
    names = written_names(sheets)
    try:
        back = _sheets(path)
        explanations = [
            explanation
            for name, sheet in back.items()
            if name not in names.values()
            for explanation in _explanations(typed_rows(sheet), reader.contracts)
        ]
        rows_max, columns_max = _limits(path)
        changed = _Changes()
        for sheet in sheets:
            if names[sheet.name] in back:
                written = typed_rows(back[names[sheet.name]])
                rows: Iterator[tuple[Row, Row]] = zip_longest(islice(sheet.rows, rows_max), written, fillvalue=[])
                changed.compare(names[sheet.name], rows, columns_max, blank_is_hidden=not is_shown_whole(sheet))
    except (python_calamine.CalamineError, OSError) as error:
        raise UnreadableDocumentError("文件已损坏或不完整，无法作为电子表格打开") from error
    return Returned(tuple(explanations), tuple(changed.named), changed.count)


def _sheets(path: Path) -> dict[str, python_calamine.CalamineSheet]:
    """The sheets of the workbook at `path` by name."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as bundle:
            check_zip(bundle, path.stat().st_size)
    workbook = load_workbook(path)
    return {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}


def _limits(path: Path) -> tuple[int, int]:
    """How many rows and columns of an own sheet can have come back."""
    with open(path, "rb") as handle:
        is_xls = handle.read(len(OLE_MAGIC)) == OLE_MAGIC
    return (XLS_ROWS_MAX, XLS_COLUMNS_MAX) if is_xls else (ROWS_MAX, COLUMNS_MAX)


def _explanations(rows: Iterator[Row], forms: Collection[str]) -> Iterator[Explanation]:
    """Explanations below the first row that has both headings; none on a sheet without such a row."""
    for row in rows:
        headings = [str(value).strip() for value in row]
        if NUMBER_HEADING in headings and EXPLANATION_HEADING in headings:
            break
    else:
        return
    number_column, text_column = headings.index(NUMBER_HEADING), headings.index(EXPLANATION_HEADING)
    for row in rows:
        text = mask_digits(" ".join(str(row[text_column]).split()))[:EXPLANATION_CHARACTERS]
        if not text:
            continue
        number = str(row[number_column]).strip()
        if ISSUE_NUMBER.fullmatch(number):
            yield Explanation(number, None, None, text)
        elif (found := CHECK_NUMBER.fullmatch(number)) and (found[2] is None or found[2] in forms):
            yield Explanation(None, found[1], found[2], text)


@dataclass
class _Changes:
    """Cells that differ: how many, and the names of the first."""

    named: list[str] = field(default_factory=list)
    count: int = 0

    def compare(self, sheet: str, rows: Iterable[tuple[Row, Row]], columns_max: int, *, blank_is_hidden: bool) -> None:
        """Compares the rows of a sheet as they were written and as they came back; of a long one, rows left out come back blank."""
        for number, (before, after) in enumerate(rows):
            if blank_is_hidden and not any(value != "" for value in after):
                continue
            cells = zip_longest(before[:columns_max], after[:columns_max], fillvalue="")
            for column, (old, new) in enumerate(cells):
                if old != new and not _is_same(_comparable(old), _comparable(new)):
                    self.count += 1
                    if self.count <= CHANGES_NAMED:
                        self.named.append(f"{sheet}!{xl_rowcol_to_cell(number, column)}")


def _comparable(value: Value) -> Value:
    """The value without what programs change when they save: blanks and control characters in text; a day is its midnight."""
    if isinstance(value, str):
        return re.sub(r"[\s\x00-\x1f]+", "", value[:CELL_CHARACTERS])
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value


def _is_same(old: Value, new: Value) -> bool:
    if new in WRITTEN_BY_US:
        return True
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=DOUBLE_PRECISION)
    if isinstance(old, dt.datetime) and isinstance(new, dt.datetime):
        return abs(old - new) < ONE_SECOND
    return old == new
