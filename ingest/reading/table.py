"""The table of a recognised sheet: which rows are data, which are totals or notes, and in what unit the figures stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.contract import Column
from ingest.reading.recognise import Recognised, normalise_heading
from ingest.reading.sheet import Sheet, column_letter
from ingest.reading.vocabulary import VOCABULARY

TOTAL_CANDIDATE = "计"
TOTAL_LABEL_MAX_CHARACTERS = 8
NOTE_CELLS_MAX = 4


@dataclass(frozen=True)
class Total:
    """A row of totals as sent: cells by column name, and the data rows (positions in the table) that it covers."""

    row_number: int
    cells: dict[str, str]
    covers: slice
    figures: int


@dataclass(frozen=True)
class Table:
    """The data rows of one sheet: text by column name, spreadsheet row numbers (from 1), and factors to the contract's units."""

    recognised: Recognised
    sheet: str
    sheet_no: int
    row_numbers: np.ndarray
    cells: dict[str, pa.Array]
    totals: tuple[Total, ...]
    factors: dict[str, float]
    letters: dict[str, str]
    unknown_headings: tuple[str, ...]
    first_column: int

    @property
    def form(self) -> str:
        return self.recognised.contract.form

    @property
    def height(self) -> int:
        return len(self.row_numbers)


def extract_table(sheet: Sheet, recognised: Recognised, head: Sequence[Sequence[str]]) -> Table:
    """The table below the headings; notes, blanks and repeated headings are left out, totals kept apart."""
    start = recognised.first_data_row
    columns = [column.slice(start) for column in sheet.columns]
    first_texts = _first_texts(columns)
    keys = [columns[position] for name, position in recognised.columns.items() if name in recognised.contract.key]
    is_total = _is_total(first_texts, keys)
    is_data = ~(
        _is_blank(first_texts) | is_total | _is_note(first_texts, columns) | _repeats_heading(sheet, recognised)
    )
    sheet.fill_merged_data(start)
    positions = np.flatnonzero(is_data)
    return Table(
        recognised=recognised,
        sheet=sheet.name,
        sheet_no=sheet.sheet_no,
        row_numbers=(positions + start + sheet.first_row + 1).astype(np.int32),
        cells={n: _rows_of(sheet.columns[position], positions + start) for n, position in recognised.columns.items()},
        totals=tuple(_totals(sheet, recognised, is_total, is_data, first_texts)),
        factors=_factors(recognised, head),
        letters={name: column_letter(sheet.first_column + position) for name, position in recognised.columns.items()},
        unknown_headings=tuple(recognised.headings[p].strip() for p in recognised.unknown),
        first_column=sheet.first_column,
    )


def _rows_of(column: pa.Array, rows: np.ndarray) -> pa.Array:
    """The cells of some rows, which ascend; neighbours are not copied."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return column.slice(int(rows[0]), len(rows))
    return column.take(pa.array(rows))


def _first_texts(columns: Sequence[pa.Array]) -> pa.Array:
    """The first cell of each row that is not blank; null for a blank row. Most rows are told by their first column."""
    trimmed = pc.utf8_trim_whitespace(columns[0])
    is_open = pc.equal(trimmed, "")
    open_rows = np.flatnonzero(is_open.to_numpy(zero_copy_only=False))
    found: dict[int, str] = {}
    for column in columns[1:]:
        rest = [row for row in open_rows.tolist() if row not in found]
        if not rest:
            break
        texts = column.take(pa.array(rest)).to_pylist()
        found.update((row, text.strip()) for row, text in zip(rest, texts, strict=True) if text.strip())
    return pc.replace_with_mask(trimmed, is_open, pa.array([found.get(r) for r in open_rows.tolist()], pa.string()))


def _is_blank(first_texts: pa.Array) -> np.ndarray:
    return first_texts.is_null().to_numpy(zero_copy_only=False)


def _matching(texts: pa.Array, candidates: np.ndarray, matches: Callable[[str], object]) -> np.ndarray:
    """`candidates` for which a slower look at the text agrees."""
    result = np.zeros(len(texts), bool)
    for position in np.flatnonzero(candidates):
        result[position] = matches(texts[int(position)].as_py())
    return result


def total_label(text: str) -> str | None:
    """合计, 小计 or 总计 when that is all the text says, however spaced; else None."""
    label = re.sub(r"[\s:]|\([^)]*\)", "", unicodedata.normalize("NFKC", text))
    return label if label in VOCABULARY.total_labels | VOCABULARY.subtotal_labels else None


def _is_total(first_texts: pa.Array, key_columns: Sequence[pa.Array]) -> np.ndarray:
    """Rows whose first cell, or a cell of the key, is a label of totals."""
    result = np.zeros(len(first_texts), bool)
    for texts in (first_texts, *key_columns):
        candidates = pc.match_substring(texts, TOTAL_CANDIDATE)
        if candidates.true_count:
            candidates = pc.and_(candidates, pc.less(pc.utf8_length(texts), TOTAL_LABEL_MAX_CHARACTERS))
            result |= _matching(texts, pc.fill_null(candidates, False).to_numpy(zero_copy_only=False), total_label)
    return result


def _is_note(first_texts: pa.Array, columns: Sequence[pa.Array]) -> np.ndarray:
    """Notes and signatures under a table: known by their first words, and by leaving most cells blank."""

    def is_sparse(position: int) -> bool:
        return sum(bool(column[position].as_py().strip()) for column in columns) <= NOTE_CELLS_MAX

    words = pc.fill_null(pc.invert(pc.string_is_ascii(first_texts)), False)  # codes and figures are no notes
    speaks = pc.match_substring_regex(first_texts.filter(words), VOCABULARY.note_pattern)
    notes = np.zeros(len(first_texts), bool)
    for position in np.flatnonzero(words.to_numpy(zero_copy_only=False))[speaks.to_numpy(zero_copy_only=False)]:
        notes[position] = is_sparse(int(position))
    return notes


def _repeats_heading(sheet: Sheet, recognised: Recognised) -> np.ndarray:
    """Rows that repeat the headings, as after a page break: every known column shows its heading again."""
    start = recognised.first_data_row
    repeats = None
    for position in recognised.columns.values():
        repeated = pc.equal(sheet.columns[position].slice(start), recognised.headings[position])
        repeats = repeated if repeats is None else pc.and_(repeats, repeated)
        if not repeats.true_count:
            break
    assert repeats is not None, "a form is recognised by columns"
    return repeats.to_numpy(zero_copy_only=False)


def _totals(
    sheet: Sheet, recognised: Recognised, is_total: np.ndarray, is_data: np.ndarray, first_texts: pa.Array
) -> list[Total]:
    """Each row of totals with the data rows it covers: the block above it, or below it when nothing stands above.

    小计 covers back to the total before it, 合计 and 总计 back to the last total of their own kind.
    """
    rows = np.flatnonzero(is_total)
    data_before = np.concatenate([[0], np.cumsum(is_data)])
    labels = {int(row): _label_of(sheet, recognised, int(row), first_texts) for row in rows}
    totals = []
    for row in map(int, rows):
        is_subtotal = labels[row] in VOCABULARY.subtotal_labels
        rivals = [r for r in map(int, rows) if is_subtotal or labels[r] not in VOCABULARY.subtotal_labels]
        begin = max((data_before[r] for r in rivals if r < row), default=0)
        covers = slice(int(begin), int(data_before[row]))
        if covers.start == covers.stop:
            end = min((data_before[r] for r in rivals if r > row), default=data_before[-1])
            covers = slice(int(data_before[row]), int(end))
        cell_row = recognised.first_data_row + row
        texts = [column[cell_row].as_py().strip() for column in sheet.columns]
        cells = {name: texts[position] for name, position in recognised.columns.items()}
        figures = sum(bool(re.fullmatch(r"[\d.,]+", unicodedata.normalize("NFKC", text))) for text in texts)
        totals.append(Total(cell_row + sheet.first_row + 1, cells, covers, figures))
    return totals


def _label_of(sheet: Sheet, recognised: Recognised, row: int, first_texts: pa.Array) -> str | None:
    texts = [first_texts[row].as_py() or ""]
    texts += [
        sheet.columns[recognised.columns[n]][recognised.first_data_row + row].as_py()
        for n in recognised.contract.key
        if n in recognised.columns
    ]
    return next(filter(None, map(total_label, texts)), None)


def _factors(recognised: Recognised, head: Sequence[Sequence[str]]) -> dict[str, float]:
    """Factor to the contract's unit for each column whose heading, or (for yuan) the unit line above, states another."""
    unit_line = _unit_line_factor(head[: recognised.first_data_row])
    factors = {}
    for name, position in recognised.columns.items():
        column = recognised.contract.column(name)
        if column.unit == "yuan":
            factors[name] = (
                _heading_factor(column, recognised.headings[position], VOCABULARY.yuan_factors) or unit_line or 1.0
            )
        elif column.unit == "Mbps":
            factors[name] = _heading_factor(column, recognised.headings[position], VOCABULARY.mbps_factors) or 1.0
    return factors


def _heading_factor(column: Column, heading: str, factors: dict[str, float]) -> float | None:
    hint = re.search(r"[(\[【]([^()\[\]【】]*)[)\]】]$", normalise_heading(heading))
    return factors.get(hint[1].removeprefix("单位").lstrip(":")) if hint else None


def _unit_line_factor(rows: Sequence[Sequence[str]]) -> float | None:
    for row in rows:
        for cell in row:
            if found := re.search(VOCABULARY.unit_line_pattern, cell):
                return VOCABULARY.yuan_factors[found[1]]
    return None
