"""What each row below the headings is: data, a total, a note, or a part of the printed form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.headings import normalise_heading
from ingest.reading.recognise import Recognised
from ingest.reading.sheet import FEW_ROWS, Sheet, rows_of
from ingest.values.units import is_statement, plain, unit_line
from ingest.values.vocabulary import VOCABULARY

TOTAL_CANDIDATE = "计"
TOTAL_LABEL = re.compile(
    rf"^(.{{0,10}}?)({'|'.join(VOCABULARY.total_labels | VOCABULARY.subtotal_labels)})(?::?\d+[^\d]{{0,3}}|:?\([^)]*\)|:)?$"
)
NOTE_CELLS_MAX = 4
NOTE = re.compile(
    rf"(?:{'|'.join(VOCABULARY.note_words)})\s*[:：0-9.、]|(?:{'|'.join(VOCABULARY.signature_words)})[^:：]{{0,8}}[:：]"
)
NOTE_BEGINNINGS = pa.array(sorted({word[0] for word in (*VOCABULARY.note_words, *VOCABULARY.signature_words)}))
PLAIN_IDENTIFIER = "[0-9]{5}"
LONG_DIGITS = re.compile(r"[0-9０-９]{5}")
FIGURE = re.compile(r"[0-9.]+")
FIGURE_IN_WORDS = re.compile(r"\s*[-+]?[\d,]+(\.\d+)?\s*%?\s*")
FIGURES_MIN_ROWS = 2
HINT = re.compile("必填|选填|文本|数字|日期|下拉|格式|说明|字符|整数|可空|自动|长度|选项")
EXAMPLE = re.compile(VOCABULARY.example_pattern)
SUB_TITLE = re.compile(VOCABULARY.sub_title_pattern)
LAYOUT_ROWS_MAX = 8


@dataclass(frozen=True)
class RowKinds:
    """Masks over the rows of a sheet from `start`: data, and totals; `label` of each total by its row among them."""

    start: int
    is_data: np.ndarray
    is_total: np.ndarray
    labels: dict[int, str]
    unit_lines: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Rows right below the headings that still belong to them: where the data begin, and the units said there, by position."""

    first_data_row: int
    units: dict[int, str]


def below_headings(rows: Sequence[Sequence[str]], start: int) -> Layout:
    """Looks at the first rows below headings: column numbers, units, hints and examples; `rows` begin at the sheet's row `start`."""
    units: dict[int, str] = {}
    first = start
    for offset, row in enumerate(rows[:LAYOUT_ROWS_MAX]):
        cells = [cell.strip() for cell in row if cell.strip()]
        if not cells:
            continue
        if _are_units(cells):
            units |= {position: cell for position, cell in enumerate(row) if cell.strip() and is_statement(cell)}
        elif not (_are_column_numbers(cells) or EXAMPLE.match(cells[0]) or _are_hints(cells)):
            break
        first = start + offset + 1
    return Layout(first, units)


def _are_units(cells: Sequence[str]) -> bool:
    """Whether a row says the units of the columns and nothing else."""
    said = 0
    for cell in cells:
        if is_statement(cell):
            said += 1
        elif (bare := plain(cell)) not in VOCABULARY.blank_marks and not bare.endswith("单位"):
            return False
    return said > 1 or (said == 1 and len(cells) == 1)


def _are_column_numbers(cells: Sequence[str]) -> bool:
    """甲 乙 1 2 3, (1) (2), A B C: numbers that count from 1, and words that stand for columns without one."""
    numbers = 0
    for cell in cells:
        bare = re.sub(r"[()\[\]]|\.0$", "", plain(cell))
        if bare.lstrip("0") == str(numbers + 1):
            numbers += 1
        elif bare not in VOCABULARY.column_number_words:
            return False
    return len(cells) > 1


def _are_hints(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and all(HINT.search(cell) and not re.search(r"\d{5}", cell) for cell in cells)


def rows_of_figures(rows: Sequence[Sequence[str]]) -> list[int]:
    """Rows (from 0) with more than one figure; a single row is none: covers, notes and lists of codes have no more."""
    held = [n for n, row in enumerate(rows) if sum(bool(FIGURE_IN_WORDS.fullmatch(cell)) for cell in row) > 1]
    return held if len(held) >= FIGURES_MIN_ROWS else []


def row_kinds(
    sheet: Sheet,
    recognised: Recognised,
    start: int,
    stop: int,
    skipped: np.ndarray,
    odd: Mapping[int, Sequence[str]],
) -> RowKinds:
    """Tells the rows from `start` to before `stop` apart.

    `skipped` (a mask over the sheet's rows) are headings met again, `odd` the cells of rows that only a closer look can tell.
    """
    columns = [column.slice(start, stop - start) for column in sheet.columns]
    first_texts = _first_texts(columns, recognised)
    labels = _total_labels(first_texts)
    is_total = np.zeros(stop - start, bool)
    is_total[list(labels)] = True
    blank = _is_blank(columns, first_texts, recognised)
    is_note = _is_note(first_texts, columns)
    is_title = _is_sub_title({row - start: odd[row] for row in odd if start <= row < stop}, recognised, blank)
    aside = skipped[start:stop] | is_note | is_title
    lines = _unit_lines(sheet, start, np.flatnonzero(is_note | is_title))
    return RowKinds(start, ~(blank | is_total | aside), is_total & ~skipped[start:stop], labels, lines)


def odd_rows(sheet: Sheet, recognised: Recognised, start: int) -> np.ndarray:
    """Rows from `start` that cannot be told for data by an identifier: headings, titles and notes are among them."""
    anchor = _anchor(recognised)
    if anchor is None:
        return np.arange(start, sheet.height)
    identifiers = sheet.columns[anchor].slice(start)
    has_none = np.flatnonzero(pc.invert(pc.match_substring_regex(identifiers, PLAIN_IDENTIFIER)))
    return np.array([row for row in has_none.tolist() if not LONG_DIGITS.search(str(identifiers[row]))], int) + start


def _anchor(recognised: Recognised) -> int | None:
    """The position of a column of identifiers, the school's first; None where the form has none."""
    contract = recognised.contract
    names = [column.name for column in contract.columns if column.identifier and column.name in recognised.columns]
    names.sort(key=lambda name: (name != "school_id", not contract.column(name).required))
    required = [name for name in names if contract.column(name).required or name in contract.key]
    return recognised.columns[required[0]] if required else None


def _first_texts(columns: Sequence[pa.Array], recognised: Recognised) -> pa.Array:
    """The first text of each row, numbers under 序号 and in leading columns of figures aside; null for a row without any.

    Most rows are told by their first column, so each further one is looked at only where all before it are blank; the last few
    rows, blank ones mostly, cell by cell.
    """
    numbered = _row_numbers(recognised) | _leading_figures(recognised)
    trimmed = _words(columns[0], 0 in numbered)
    is_open = pc.equal(trimmed, "")
    open_rows = np.flatnonzero(is_open.to_numpy(zero_copy_only=False))
    found = np.full(len(open_rows), None, object)
    rest, position = np.arange(len(open_rows)), 1
    while len(rest) > FEW_ROWS and position < len(columns):
        column = rows_of(columns[position], open_rows[rest])
        texts = _words(column, position in numbered).to_numpy(zero_copy_only=False)
        is_filled = texts != ""
        found[rest[is_filled]] = texts[is_filled]
        rest, position = rest[~is_filled], position + 1
    for number in rest.tolist():
        found[number] = _first_word(columns, open_rows[number], position, numbered)
    return pc.replace_with_mask(trimmed, is_open, pa.array(found, pa.string())) if len(open_rows) else trimmed


def _first_word(columns: Sequence[pa.Array], row: int, first: int, numbered: set[int]) -> str | None:
    """The first text of one row, from the column at position `first`."""
    for position in range(first, len(columns)):
        text = str(columns[position][row]).strip()
        if text and not (position in numbered and FIGURE.fullmatch(text)):
            return text
    return None


def _row_numbers(recognised: Recognised) -> set[int]:
    """The positions of columns that number the rows."""
    headings = recognised.headings.items()
    return {p for p, heading in headings if normalise_heading(heading) in VOCABULARY.number_headings}


def _leading_figures(recognised: Recognised) -> set[int]:
    """The positions of columns of figures before the first of another kind."""
    contract, leading = recognised.contract, set()
    for name, position in sorted(recognised.columns.items(), key=itemgetter(1)):
        if contract.column(name).type not in ("int", "number"):
            break
        leading.add(position)
    return leading


def _is_blank(columns: Sequence[pa.Array], first_texts: pa.Array, recognised: Recognised) -> np.ndarray:
    """Rows without any cell, the number of the row aside."""
    blank: np.ndarray = first_texts.is_null().to_numpy(zero_copy_only=False).copy()
    rows = np.flatnonzero(blank)
    for position in _leading_figures(recognised) if len(rows) else ():
        texts = pc.utf8_trim_whitespace(columns[position].take(pa.array(rows)))
        blank[rows] &= pc.equal(texts, "").to_numpy(zero_copy_only=False)
    return blank


def _words(column: pa.Array, is_numbered: bool) -> pa.Array:
    """The texts without spaces around them; of a column of row numbers only what is no number."""
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.match_substring_regex(trimmed, f"^{FIGURE.pattern}$"), "", trimmed) if is_numbered else trimmed


def total_label(text: str) -> str | None:
    """合计, 小计, 总计, 共计 or 累计 when a text ends in it, however spaced, perhaps with a count behind; else None."""
    label = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    found = TOTAL_LABEL.match(label)
    return found[2] if found else None


def _total_labels(first_texts: pa.Array) -> dict[int, str]:
    """The label of every row whose first text is one of totals, by row."""
    candidates = pc.indices_nonzero(pc.match_substring(first_texts, TOTAL_CANDIDATE)).to_pylist()
    texts = ((row, first_texts[row].as_py()) for row in candidates)
    return {row: label for row, text in texts if (label := total_label(text))}


def _is_note(first_texts: pa.Array, columns: Sequence[pa.Array]) -> np.ndarray:
    """Notes and signatures under a table: known by their first words, and by leaving most cells blank."""
    may_be = np.flatnonzero(pc.is_in(pc.utf8_slice_codeunits(first_texts, 0, 1), NOTE_BEGINNINGS))
    return _sparse([row for row in may_be.tolist() if NOTE.match(first_texts[row].as_py())], columns)


def _sparse(candidates: Sequence[int], columns: Sequence[pa.Array]) -> np.ndarray:
    """Those rows that leave most cells blank."""
    result = np.zeros(len(columns[0]), bool)
    for position in candidates:
        result[position] = sum(bool(column[position].as_py().strip()) for column in columns) <= NOTE_CELLS_MAX
    return result


def _is_sub_title(odd: Mapping[int, Sequence[str]], recognised: Recognised, blank: np.ndarray) -> np.ndarray:
    """Rows of a single text that no data row can be: 二、初中, a title printed again, a line of units, a remark at the end.

    A single text where names stand that people make up is one only when it looks like a title, or stands behind a blank row.
    """
    result = np.zeros(len(blank), bool)
    open_texts = {p for n, p in recognised.columns.items() if _is_free(recognised, n)}
    for row, position, text in _rows_of_one_text(odd):
        looks_like_one = SUB_TITLE.search(text) is not None or unit_line([text]) is not None
        after_blank = row > 0 and blank[row - 1]
        result[row] = looks_like_one or position not in open_texts or bool(after_blank)
    return result


def _is_free(recognised: Recognised, name: str) -> bool:
    column = recognised.contract.column(name)
    return name in recognised.contract.key and column.type == "text" and not column.identifier


def _rows_of_one_text(odd: Mapping[int, Sequence[str]]) -> Iterator[tuple[int, int, str]]:
    """Rows with one cell, which is text beyond ASCII: row, position and text."""
    for row, cells in odd.items():
        filled = [(position, cell.strip()) for position, cell in enumerate(cells) if cell and not cell.isspace()]
        if len(filled) == 1 and not filled[0][1].isascii() and not LONG_DIGITS.search(filled[0][1]):
            yield row, *filled[0]


def _unit_lines(sheet: Sheet, start: int, rows: np.ndarray) -> tuple[str, ...]:
    lines = (unit_line(row) for row in sheet.take(rows + start)) if len(rows) else ()
    return tuple(line for line in lines if line)
