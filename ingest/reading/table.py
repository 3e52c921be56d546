"""The tables of a sheet: where each begins and ends, which of its rows are data, and in what unit its figures stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.contracts.contract import Column, Contract
from ingest.reading.headings import HeadingIndex, normalise_heading, stated_units
from ingest.reading.recognise import HEADING_ROWS_MAX, SEARCHED_ROWS, Recognised, matches, recognise
from ingest.reading.rows import LAYOUT_ROWS_MAX, RowKinds, below_headings, odd_rows, row_kinds, rows_of_figures
from ingest.reading.sheet import Merge, Sheet, column_letter, is_blank, rows_of
from ingest.values.parse import parse_code, parse_number
from ingest.values.units import Factor, Unit, UnknownUnit, unit_line, unit_of, unit_of_lines
from ingest.values.vocabulary import VOCABULARY

HEAD_ROWS = SEARCHED_ROWS + HEADING_ROWS_MAX
DAYS_FROM_1904 = 1462
SERIAL = r"^[0-9]{3,5}(\.[0-9]+)?$"
DECIDING_VALUES = 200
FILED_ON = re.compile("填报|日期|时间|打印|导出|截止|截至")
YEAR = re.compile(VOCABULARY.year_pattern)
MASK_SIGNS = tuple(sign.encode() for sign in VOCABULARY.mask_signs)
CodeTables = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Total:
    """A row of totals as sent: cells by column name, and the data rows (positions in the table) that it covers."""

    row_number: int
    cells: dict[str, str]
    covers: slice
    figures: int


@dataclass(frozen=True)
class Flag:
    """What reading found at rows of a table (a mask): a check, at a column or at the row as a whole, and what completes its message."""

    check_id: str
    column: str | None
    rows: np.ndarray
    detail: str = ""


@dataclass(frozen=True)
class Remark:
    """What there is to say of a sheet, of a part of it, or of a table as a whole; `column` is a heading or a column's name."""

    check_id: str
    detail: str = ""
    column: str | None = None


@dataclass(frozen=True)
class Table:
    """The data rows of one table: text by column name, spreadsheet row numbers (from 1), and factors to the contract's units.

    `rejections` say why it is set aside as a whole; `years` are the school years that its sheet or title names.
    """

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
    flags: tuple[Flag, ...] = ()
    remarks: tuple[Remark, ...] = ()
    rejections: tuple[Remark, ...] = ()
    years: frozenset[int] = frozenset()

    @property
    def form(self) -> str:
        """The form that its headings were recognised as."""
        return self.recognised.contract.form

    @property
    def height(self) -> int:
        """Data rows."""
        return len(self.row_numbers)


@dataclass(frozen=True)
class _Section:
    """One table of a sheet: its headings, the rows of the sheet from `start` to before `stop`, and the units said below its headings."""

    recognised: Recognised
    start: int
    stop: int
    units: Mapping[int, str]


class TableFinder:
    """Finds the tables of sheets by the headings of the contracts; `codes` are the spellings of every code, by list."""

    def __init__(self, contracts: Mapping[str, Contract], codes: CodeTables):
        self.contracts = contracts
        self.codes = codes
        self.index = HeadingIndex.of(contracts)

    def tables(self, sheet: Sheet, lines: Sequence[str] = ()) -> list[Table]:
        """Every table of the sheet with headings of its own: one below another, side by side, or both; none if it holds no form.

        `lines` are unit lines above it that stand elsewhere: over the table beside it.
        """
        head = sheet.head(HEAD_ROWS)
        recognised, passed_over = self._first(sheet, head)
        if recognised is None:
            return []
        if split := self._begins_again(recognised, head):
            lines = _lines_above(head[: recognised.first_heading_row])
            return [*self.tables(sheet.part(0, split)), *self.tables(sheet.part(split, len(sheet.columns)), lines)]
        return _Tables(self, sheet, recognised, head, passed_over).all(lines)

    def following(self, sheet: Sheet, recognised: Recognised) -> list[Table]:
        """The tables of a page without headings of its own, read by those of the page before; it may lack blank columns at the end."""
        lacking = max(recognised.headings, default=-1) + 1 - len(sheet.columns)
        sheet.columns += [pa.repeat(pa.scalar(""), sheet.height)] * lacking
        return _Tables(self, sheet, replace(recognised, first_heading_row=0, first_data_row=0), []).all()

    def _first(self, sheet: Sheet, head: Sequence[Sequence[str]]) -> tuple[Recognised | None, Recognised | None]:
        """The first form: the one best matched, unless another's whole headings stand above it; and one above that lacks columns."""
        found, above = self.recognised(sheet, head, 0), None
        while found and found.first_heading_row:
            above = self.recognised(sheet, head[: found.first_heading_row], 0)
            if above is None or above.missing_columns:
                break
            found, above = above, None
        return found, above

    def recognised(self, sheet: Sheet, rows: Sequence[Sequence[str]], offset: int) -> Recognised | None:
        """The form in some rows of a sheet, which begin at its row `offset`."""
        down, right = sheet.first_row + offset, sheet.first_column
        merges = [
            Merge(m.first_row - down, m.first_column - right, m.last_row - down, m.last_column - right)
            for m in sheet.merges
            if down <= m.first_row < down + len(rows) and m.first_column >= right
        ]

        def is_empty(position: int) -> bool:
            return position >= len(sheet.columns) or is_blank(sheet.columns[position].slice(offset + HEADING_ROWS_MAX))

        return recognise(rows, self.index, self.contracts, merges, is_empty)

    def _begins_again(self, recognised: Recognised, head: Sequence[Sequence[str]]) -> int | None:
        """The position where a second table begins beside the first: the key's heading stands there again, with a form of its own."""
        identifiers = {column.name for column in recognised.contract.columns if column.identifier}
        keys = {*recognised.contract.key, *identifiers} & recognised.columns.keys()
        wanted = {normalise_heading(recognised.headings[recognised.columns[name]]) for name in keys}
        seen: dict[str, int] = {}
        first = min(recognised.headings, default=0)
        for position, heading in sorted(recognised.headings.items()):
            text = normalise_heading(heading)
            if text not in wanted or text not in seen:
                seen.setdefault(text, position)
                continue
            for split in dict.fromkeys((position - seen[text] + first, position)):  # the key need not come first
                if self._are_two(head, split):
                    return split
        return None

    def _are_two(self, head: Sequence[Sequence[str]], split: int) -> bool:
        """Whether a whole table stands on either side of a position."""
        sides = ([row[split:] for row in head], [row[:split] for row in head])
        found = [recognise(side, self.index, self.contracts) for side in sides]
        return all(each and not each.missing_columns for each in found)


class _Tables:
    """The tables of one sheet, or of one part of it, below each other."""

    def __init__(
        self,
        finder: TableFinder,
        sheet: Sheet,
        first: Recognised,
        head: Sequence[Sequence[str]],
        passed_over: Recognised | None = None,
    ):
        self.finder = finder
        self.sheet = sheet
        self.first = first
        self.head = head
        self.passed_over = passed_over
        self.skipped = np.zeros(sheet.height, bool)
        odd = odd_rows(sheet, first, first.first_data_row)
        self.odd = dict(zip(odd.tolist(), sheet.take(odd), strict=True))

    def all(self, lines: Sequence[str] = ()) -> list[Table]:
        sections = list(self._sections())
        lines = _lines_above(self.head[: self.first.first_heading_row]) or lines
        first, *others = [self.table(section, lines) for section in sections]
        return [replace(first, remarks=(*first.remarks, *self._unread_above())), *others]

    def _sections(self) -> Iterator[_Section]:
        """The first table, and one for every further row of headings that says another order or another form."""
        current, start, units = self._begin(self.first, 0)
        printed = (current.first_heading_row, start)
        for row in self._headings_met_again(start):
            if self.skipped[row] or row < start or self._skip_printed(row, printed):
                continue
            top = max(start, row - HEADING_ROWS_MAX + 1)
            found = self.finder.recognised(self.sheet, self.sheet.rows(top, row + HEADING_ROWS_MAX), top)
            if found is None:
                continue
            again, below, more = self._begin(found, top)
            first_row = top + found.first_heading_row
            self.skipped[first_row:below] = True
            printed = (first_row, below)
            if not _is_same(current, again):
                yield _Section(current, start, first_row, units)
                current, start, units = again, below, more
        yield _Section(current, start, self.sheet.height, units)

    def _skip_printed(self, row: int, printed: tuple[int, int]) -> bool:
        """Whether rows of headings (from one to before the other of `printed`) stand at `row` again just as they were, as on every page.

        They are skipped then; `row` is the first of them that names columns.
        """
        rows = self.sheet.rows(*printed)
        named = matches(rows, self.finder.index)
        first = row - next((number for number, forms in enumerate(named) if _names_some(forms)), 0)
        if not rows or self.sheet.rows(first, first + len(rows)) != rows:
            return False
        self.skipped[first : first + len(rows)] = True
        return True

    def _begin(self, found: Recognised, offset: int) -> tuple[Recognised, int, dict[int, str]]:
        """Headings with the rows below that belong to them, and the first row of data on the sheet."""
        first = offset + found.first_data_row
        last = first + LAYOUT_ROWS_MAX
        layout = below_headings(self.head[first:last] or self.sheet.rows(first, last), first)
        return replace(found, first_data_row=layout.first_data_row), layout.first_data_row, layout.units

    def _headings_met_again(self, start: int) -> list[int]:
        """Rows that name columns again, among those that are not told for data."""
        candidates = [row for row in self.odd if row >= start]
        named = matches([self.odd[row] for row in candidates], self.finder.index)
        return [row for row, forms in zip(candidates, named, strict=True) if _names_some(forms)]

    def table(self, section: _Section, lines: Sequence[str]) -> Table:
        """The table of a section; `lines` are the unit lines above it."""
        sheet, recognised = self.sheet, self._decided(section)
        kinds = row_kinds(sheet, recognised, section.start, section.stop, self.skipped, self.odd)
        totals = tuple(_totals(sheet, recognised, kinds))
        sheet.fill_merged_data(section.start)
        rows = np.flatnonzero(kinds.is_data) + section.start
        units = dict(self._units(recognised, section.units, [*lines, *kinds.unit_lines]))
        cells = {
            name: self._texts(recognised.contract.column(name), position, recognised.headings[position].strip(), rows)
            for name, position in recognised.columns.items()
        }
        cells |= {n: self._sum(n, recognised, units, rows) for n in recognised.sums}
        places = {**recognised.columns, **{name: parts[0] for name, parts in recognised.sums.items()}}
        beyond, flags = self._beyond_headings(recognised, rows)
        return Table(
            recognised=replace(recognised, columns=places),
            sheet=sheet.name,
            sheet_no=sheet.sheet_no,
            row_numbers=(rows + sheet.first_row + 1).astype(np.int32),
            cells=cells,
            totals=totals,
            factors={
                n: unit.factor for n, unit in units.items() if isinstance(unit, Factor) and n in recognised.columns
            },
            letters={name: column_letter(sheet.first_column + position) for name, position in places.items()},
            unknown_headings=(*(recognised.headings[p].strip() for p in recognised.unknown), *beyond),
            first_column=sheet.first_column,
            flags=(*flags, *self._row_flags(rows), *self._scaled(recognised, rows)),
            remarks=tuple(_split_headings(recognised)),
            rejections=(*_unknown_units(units), *self._masked_copy(recognised, cells, section)),
            years=frozenset(self._years()),
        )

    # -- which column is which
    def _decided(self, section: _Section) -> Recognised:
        """Gives a heading that two columns know to the one whose codes stand there, else to the one that names it officially."""
        recognised = section.recognised
        if not recognised.undecided:
            return recognised
        columns, unknown = dict(recognised.columns), list(recognised.unknown)
        for position, names in recognised.undecided.items():
            values = self._distinct(position, section)
            name = max(
                names,
                key=lambda each: (self._fitting(each, values, recognised), -self._place(each, position, recognised)),
            )
            if name in columns:
                unknown.append(position)
            else:
                columns[name] = position
        return replace(recognised, columns=columns, unknown=tuple(sorted(unknown)), undecided={})

    def _distinct(self, position: int, section: _Section) -> list[str]:
        values = pc.unique(self.sheet.columns[position].slice(section.start, section.stop - section.start))
        return [text for text in values.slice(0, DECIDING_VALUES).to_pylist() if text.strip()]

    def _fitting(self, name: str, values: Sequence[str], recognised: Recognised) -> int:
        table = self.finder.codes[str(recognised.contract.column(name).codes)]
        return sum(parse_code(text, table).value is not None for text in values)

    def _place(self, name: str, position: int, recognised: Recognised) -> int:
        headings = [normalise_heading(each) for each in recognised.contract.column(name).headings]
        text = normalise_heading(recognised.headings[position])
        return headings.index(text) if text in headings else len(headings)

    # -- cells
    def _texts(self, column: Column, position: int, heading: str, rows: np.ndarray) -> pa.Array:
        texts = rows_of(self.sheet.columns[position], rows)
        if labels := column.heading_labels.get(heading):
            texts = _relabelled(texts, labels)
        return _since_1900(texts) if self.sheet.is_1904 and column.type == "date" else texts

    def _sum(self, name: str, recognised: Recognised, units: Mapping[str, Unit], rows: np.ndarray) -> pa.Array:
        """The sum of several columns as text, in the contract's unit; '' where one is blank, and what is no number as it stands."""
        parts = []
        for position in recognised.sums[name]:
            unit = units.get(f"{name}@{position}", units.get(name))
            factor = unit.factor if isinstance(unit, Factor) else 1.0
            parts.append([(text, factor) for text in rows_of(self.sheet.columns[position], rows).to_pylist()])
        return pa.array([_added(row) for row in zip(*parts, strict=True)], pa.string())

    # -- units
    def _units(
        self, recognised: Recognised, said_below: Mapping[int, str], lines: Sequence[str]
    ) -> Iterator[tuple[str, Unit]]:
        """The unit of every column that states one: what stands nearest wins. A part of a sum is named `column@position`."""
        positions = [(name, name, position) for name, position in recognised.columns.items()]
        positions += [(f"{n}@{p}", n, p) for n, parts in recognised.sums.items() for p in parts]
        for key, name, position in positions:
            column = recognised.contract.column(name)
            stated = recognised.statements.get(name) or stated_units(recognised.headings[position])
            below = [said_below[position]] if position in said_below else []
            unit = unit_of(column, below) or unit_of(column, stated) or unit_of_lines(column, lines)
            if unit:
                yield key, unit

    # -- what else stands there
    def _beyond_headings(self, recognised: Recognised, rows: np.ndarray) -> tuple[list[str], list[Flag]]:
        """Columns with values and no heading, by letter; in a text rows that are longer than the headings."""
        last = max(recognised.headings, default=-1)
        bare = [p for p in range(len(self.sheet.columns)) if p not in recognised.headings and self._has_values(p, rows)]
        longer = [p for p in bare if p > last]
        flags = []
        if self.sheet.is_text and longer:
            too_long = np.zeros(len(rows), bool)
            for position in longer:
                too_long |= _filled(rows_of(self.sheet.columns[position], rows))
            if 2 * too_long.sum() <= len(rows) or len(rows) == 1:
                flags.append(Flag("row.too_long", None, too_long, str(last + 1)))
                bare = [p for p in bare if p <= last]
        return [f"{column_letter(self.sheet.first_column + p)} 列（无标题）" for p in bare], flags

    def _has_values(self, position: int, rows: np.ndarray) -> bool:
        return not is_blank(rows_of(self.sheet.columns[position], rows))

    def _row_flags(self, rows: np.ndarray) -> Iterator[Flag]:
        for check_id, mask in self.sheet.row_faults.items():
            if (found := mask[rows]).any():
                yield Flag(check_id, None, found)

    def _scaled(self, recognised: Recognised, rows: np.ndarray) -> Iterator[Flag]:
        """Figures that the sheet shows in another unit than it holds."""
        for name, position in recognised.columns.items() if self.sheet.scaled_cells else ():
            column = position + self.sheet.first_column
            mask = np.array(
                [(row + self.sheet.first_row, column) in self.sheet.scaled_cells for row in rows.tolist()], bool
            )
            if mask.any() and recognised.contract.column(name).type in ("int", "number"):
                yield Flag("cell.implausible", name, mask, "单元格格式显示的单位与所存的数值不同")

    def _masked_copy(
        self, recognised: Recognised, cells: Mapping[str, pa.Array], section: _Section
    ) -> Iterator[Remark]:
        """A sheet of a feedback workbook, whatever became of the workbook's mark: persons are masked in it, or it says so itself."""
        personal = [
            c.name for c in recognised.contract.columns if c.pii in ("drop", "pseudonymise") and c.name in cells
        ]
        if any(_is_masked(cells[name]) for name in personal) or self._says_copy(section):
            yield Remark("document.masked_copy", self.sheet.name)

    def _unread_above(self) -> Iterator[Remark]:
        """Rows of figures above the first headings: a table of no form, or of one that lacks a column."""
        above, found = self.head[: self.first.first_heading_row], self.passed_over
        if rows := _rows_under(found, above) if found else rows_of_figures(above):
            yield unread_rows(self.sheet, rows[0], rows[-1], found)

    def _says_copy(self, section: _Section) -> bool:
        tail = [cells for row, cells in self.odd.items() if row >= section.start][-SEARCHED_ROWS:]
        return any(VOCABULARY.copy_notice in cell for cells in tail for cell in cells)

    def _years(self) -> Iterator[int]:
        """The school years named by the sheet's name and by what stands above the headings; dates of filing are none."""
        above = [cell for row in self.head[: self.first.first_heading_row] for cell in row if "年" in cell]
        for text in (self.sheet.name, *above):
            if not FILED_ON.search(text):
                yield from (int(year) for year in YEAR.findall(text))


def _rows_under(found: Recognised, rows: Sequence[Sequence[str]]) -> list[int]:
    """The rows (from 0) that hold something under more than one heading."""
    data = range(found.first_data_row, len(rows))
    return [n for n in data if sum(bool(rows[n][position].strip()) for position in found.headings) > 1]


def unread_rows(sheet: Sheet, first: int, last: int, found: Recognised | None = None) -> Remark:
    """What to say of rows (from 0) that nobody reads; what stands in them may be personal, and is not repeated.

    `found` is the form whose headings they have, but not all of its required columns.
    """
    why = "没有可识别的标题行"
    if found:
        missing = "、".join(column.heading_zh for column in found.missing_columns)
        why = f"像是“{found.contract.name_zh}”，但缺少必填列：{missing}"
    begin, end = first + sheet.first_row + 1, last + sheet.first_row + 1
    return Remark("document.unread", f"工作表“{sheet.name}”第 {begin} 至 {end} 行{why}，未读取")


def _lines_above(rows: Sequence[Sequence[str]]) -> list[str]:
    """What the unit lines among the rows above a table say."""
    return [line for row in rows if (line := unit_line(row))]


def _names_some(forms: Mapping[str, set[str]]) -> bool:
    """Whether the cells of a row name several columns of a form."""
    return any(len(columns) > 1 for columns in forms.values())


def _is_same(one: Recognised, other: Recognised) -> bool:
    return (
        one.contract.form == other.contract.form
        and one.columns == other.columns
        and one.sums == other.sums
        and one.undecided == other.undecided
    )


def _filled(column: pa.Array) -> np.ndarray:
    flags: np.ndarray = pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
    return flags


def _relabelled(texts: pa.Array, labels: Mapping[str, str]) -> pa.Array:
    """Labels that hold under one heading only, as the codes that they stand for."""
    position = pc.index_in(pc.utf8_trim_whitespace(texts), pa.array(list(labels)))
    return pc.coalesce(pa.array(list(labels.values()), pa.string()).take(position), texts)


def _since_1900(texts: pa.Array) -> pa.Array:
    """Serial numbers of a workbook that counts days from 1904, as others count them."""
    is_serial = pc.match_substring_regex(texts, SERIAL)
    if not is_serial.true_count:
        return texts
    moved = [str(float(text) + DAYS_FROM_1904) for text in texts.filter(is_serial).to_pylist()]
    return pc.replace_with_mask(texts, is_serial, pa.array(moved, pa.string()))


def _added(parts: Sequence[tuple[str, float]]) -> str:
    parsed = [(text, parse_number(text), factor) for text, factor in parts]
    if fault := next((text for text, number, _ in parsed if number.fault), None):
        return fault
    if any(number.value is None for _, number, _ in parsed):
        return ""
    return repr(sum(float(str(number.value)) * factor for _, number, factor in parsed))


def _is_masked(texts: pa.Array) -> bool:
    """Whether at least half of what stands in a column are masks."""
    data = texts.buffers()[2]
    if data is None or not any(sign in data.to_pybytes() for sign in MASK_SIGNS):
        return False
    filled = _filled(texts)
    masks = pc.match_substring_regex(texts, VOCABULARY.mask_pattern).to_numpy(zero_copy_only=False)
    return bool(masks.any()) and 2 * masks.sum() >= filled.sum()


def _unknown_units(units: Mapping[str, Unit]) -> Iterator[Remark]:
    for key, unit in units.items():
        if isinstance(unit, UnknownUnit):
            yield Remark("document.unit", unit.statement, key.partition("@")[0])


def _split_headings(recognised: Recognised) -> Iterator[Remark]:
    for heading, below in recognised.split:
        yield Remark("document.unread", f"“{heading}”分为几栏（{'、'.join(below)}），不能确定取哪一栏，未读取", heading)


def _totals(sheet: Sheet, recognised: Recognised, kinds: RowKinds) -> Iterator[Total]:
    """Each row of totals with the data rows it covers: the block above it, or below it when nothing stands above.

    小计 covers back to the total before it, any other back to the last total of its own kind.
    """
    rows = [row for row in sorted(kinds.labels) if kinds.is_total[row]]
    data_before = np.concatenate([[0], np.cumsum(kinds.is_data)])
    for row in rows:
        label = kinds.labels[row]
        rivals = rows if label in VOCABULARY.subtotal_labels else [r for r in rows if kinds.labels[r] == label]
        begin = max((data_before[r] for r in rivals if r < row), default=0)
        covers = slice(int(begin), int(data_before[row]))
        if covers.start == covers.stop:
            end = min((data_before[r] for r in rivals if r > row), default=data_before[-1])
            covers = slice(int(data_before[row]), int(end))
        at = row + kinds.start
        cells = {name: sheet.columns[position][at].as_py() for name, position in recognised.columns.items()}
        figures = sum(bool(re.fullmatch(r"[\d,. ]+", column[at].as_py().strip() or "-")) for column in sheet.columns)
        yield Total(at + sheet.first_row + 1, cells, covers, figures)
