"""The mark of a feedback workbook: a defined name that says which document, collection and unit it answers.

What bears the mark is never data.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

import fastexcel
import python_calamine

from ingest.errors import UnreadableDocumentError

MARK_NAME = "EDU_FEEDBACK"
MARK_PATTERN = re.compile(
    r"document=(?P<document_id>[0-9a-f]{64});collection=(?P<collection_id>[^;\"]+);"
    r"unit=(?P<unit_code>[^;\"]+);release=(?P<release_id>[^;\"]+)"
)
SEARCHED_ROWS = 30


@dataclass(frozen=True)
class FeedbackMark:
    """What a feedback workbook answers: a document (SHA-256 in hex) of a collection and unit, as of a release."""

    document_id: str
    collection_id: str
    unit_code: str
    release_id: str

    @property
    def text(self) -> str:
        """The mark as the workbook bears it: `document=…;collection=…;unit=…;release=…`."""
        return (
            f"document={self.document_id};collection={self.collection_id};"
            f"unit={self.unit_code};release={self.release_id}"
        )

    @property
    def formula(self) -> str:
        """A constant for `Workbook.define_name`."""
        return f'="{self.text}"'


class MarkedWorkbookError(Exception):
    """A document is a feedback workbook that came back, and no data."""

    def __init__(self, mark: FeedbackMark):
        super().__init__("a feedback workbook")
        self.mark = mark


def parse(text: str) -> FeedbackMark | None:
    """The mark in a defined name's constant or a cell, with or without quotes and equals sign; None when there is none."""
    found = MARK_PATTERN.search(text)
    return FeedbackMark(**{name: part.strip() for name, part in found.groupdict().items()}) if found else None


def find_mark(workbook: fastexcel.ExcelReader, data: bytes) -> FeedbackMark | None:
    """The mark that a workbook, opened from `data`, bears; None when it bears none.

    The readers of the old .xls give a name without its constant, so there the same text is looked for on the first sheet.
    UnreadableDocumentError when the name is there and the text nowhere.
    """
    constants = [name.formula for name in workbook.defined_names() if name.name.upper() == MARK_NAME]
    if not constants:
        return None
    for text in chain(constants, _first_texts(data)):
        if mark := parse(text):
            return mark
    raise UnreadableDocumentError("文件是退回的反馈工作簿，但其中的标识已被改动")


def _first_texts(data: bytes) -> Iterator[str]:
    sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
    for row in islice(sheet.iter_rows(), SEARCHED_ROWS):
        yield from (value for value in row if isinstance(value, str))
