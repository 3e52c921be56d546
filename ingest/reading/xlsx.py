"""The structure of an .xlsx: what its cells say beside their text - formulas without a result, long numbers, formats, merges.

One look over the bytes of a sheet says whether there is anything to see; only then is its XML parsed.
"""

from __future__ import annotations

import functools
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import lxml.etree

from ingest.errors import UnreadableDocumentError
from ingest.limits import SHEET_CELLS_MAX, SHEET_GAP_COLUMNS, SHEET_GAP_ROWS
from ingest.reading.sheet import Merge, column_letter
from ingest.values.characters import visible_text

PIECE_BYTES = 1 << 20
ROW_END = b"row>"
NO_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
FORMULA_TAG = re.compile(rb"f[ >]")  # hardly any other f stands in a sheet
WIDE_REFERENCE = re.compile(rb' r="[A-Z]{3}')
LONG_NUMBER = re.compile(rb"v>(?:\d{16,}|\d(?:\.\d+)?[eE]\+?1[5-9]<)")
MERGES = re.compile(rb"<(\w+:)?mergeCells\b.*</(\w+:)?mergeCells>", re.DOTALL)
LAST_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d+)[\"']")
MAY_SCALE = re.compile(rb"[0#?],+(?![0#?,])|\xe4\xb8\x87")
SCALED_FORMAT = re.compile(r"[0#?],+(?![0#?,])|万")
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
LONG_DIGITS = re.compile(r"\d{16,}(\.0+)?|\d(\.\d+)?[eE]\+?1[5-9]")
FAR_ROWS = 100_000
Element = lxml.etree._Element
Cells = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class SheetStructure:
    """Cells as (row, column) from 0: formulas whose result is not stored, and figures shown in another unit.

    `far` names cells (A1) too far from all others to be read; `has_long_numbers` unless no number has 16 digits or more.
    """

    merges: tuple[Merge, ...] = ()
    formulas: Cells = frozenset()
    scaled: Cells = frozenset()
    far: tuple[str, ...] = ()
    has_long_numbers: bool = True


@dataclass
class _Seen:
    """What a look over the bytes of a sheet found."""

    formulas: bool = False
    has_long_numbers: bool = False
    is_wide: bool = False
    rows: int = 0
    last_row: int = 0
    tail: bytes = field(default=b"", repr=False)

    @property
    def is_scattered(self) -> bool:
        """Whether cells lie so far from each other that a grid of them would fill memory."""
        return self.is_wide or self.last_row > 2 * self.rows + FAR_ROWS


class XlsxStructure:
    """The parts of a workbook, a zip of `data`; its own `data` are without cells that lie far from all others."""

    def __init__(self, data: bytes, bundle: zipfile.ZipFile):
        self.data = data
        self._bundle = bundle
        self._parts = {name.replace("\\", "/"): name for name in self._bundle.namelist()}
        workbook = _xml(self._read("xl/workbook.xml"))
        self.is_1904 = any(e.get("date1904") in ("1", "true") for e in workbook.iter("{*}workbookPr"))
        self._sheets = dict(self._sheet_parts(workbook))
        self._scaled_styles = frozenset(self._find_scaled_styles())
        self._seen = {name: self._look_over(part) for name, part in self._sheets.items()}
        self._far: dict[str, tuple[str, ...]] = {}
        if any("\\" in name for name in self._parts.values()) or any(seen.is_scattered for seen in self._seen.values()):
            self.data = self._rewritten()

    def sheet(self, name: str) -> SheetStructure:
        """What there is to know of the sheet of that name."""
        seen = self._seen.get(name)
        if seen is None:
            return SheetStructure()
        formulas, scaled = set(), set()
        if seen.formulas or self._scaled_styles:
            for row, column, cell in _cells(self._open(self._sheets[name])):
                if _lacks_result(cell):
                    formulas.add((row, column))
                elif _is_number(cell) and cell.get("s") in self._scaled_styles:
                    scaled.add((row, column))
        return SheetStructure(
            merges=tuple(_merges(seen.tail)),
            formulas=frozenset(formulas),
            scaled=frozenset(scaled),
            far=self._far.get(name, ()),
            has_long_numbers=seen.has_long_numbers,
        )

    @functools.lru_cache(maxsize=1)  # noqa: B019 - a workbook does not outlive its reading
    def long_numbers(self, name: str) -> Cells:
        """Cells of a sheet that hold numbers of 16 digits and more, of which a double keeps no more than the first 15 or 16."""
        if name not in self._seen or not self._seen[name].has_long_numbers:
            return frozenset()
        cells = _cells(self._open(self._sheets[name]))
        return frozenset((r, c) for r, c, cell in cells if _is_number(cell) and LONG_DIGITS.fullmatch(_value(cell)))

    # -- parts
    def _read(self, part: str) -> bytes:
        return self._bundle.read(self._parts[part])

    def _open(self, part: str) -> IO[bytes]:
        return self._bundle.open(self._parts[part])

    def _sheet_parts(self, workbook: Element) -> Iterator[tuple[str, str]]:
        """The part of each sheet, by the sheet's name; in transitional and in strict files."""
        relations = _xml(self._read("xl/_rels/workbook.xml.rels"))
        targets = {relation.get("Id"): str(relation.get("Target", "")).replace("\\", "/") for relation in relations}
        for sheet in workbook.iter("{*}sheet"):
            ids = [str(value) for name, value in sheet.items() if str(name).endswith("relationships}id")]
            if not ids or not (target := targets.get(ids[0])):
                continue
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            if part in self._parts:
                yield str(sheet.get("name", "")), part

    def _find_scaled_styles(self) -> Iterator[str]:
        """Numbers of the cell styles whose number format shows thousands or 万."""
        if "xl/styles.xml" not in self._parts:
            return
        text = self._read("xl/styles.xml")
        if not MAY_SCALE.search(text):
            return
        styles = _xml(text)
        formats = {e.get("numFmtId"): str(e.get("formatCode", "")) for e in styles.iter("{*}numFmt")}
        scaled = {number for number, code in formats.items() if SCALED_FORMAT.search(code)}
        for cell_formats in styles.iter("{*}cellXfs") if scaled else ():
            yield from (str(number) for number, each in enumerate(cell_formats) if each.get("numFmtId") in scaled)

    def _look_over(self, part: str) -> _Seen:
        seen = _Seen()
        with self._open(part) as stream:
            for piece in _whole_rows(stream):
                seen.formulas |= bool(FORMULA_TAG.search(piece) and NO_RESULT.search(piece))
                seen.has_long_numbers |= bool(LONG_NUMBER.search(piece))
                seen.is_wide |= bool(WIDE_REFERENCE.search(piece))
                seen.rows += piece.count(ROW_END)
                last = piece.rfind(b"row ")
                if last > 0 and (found := LAST_ROW.match(piece, piece.rfind(b"<", 0, last))):
                    seen.last_row = int(found[1])
                seen.tail = piece.rpartition(ROW_END)[2]
        return seen

    # -- cells that lie far from all others
    def _rewritten(self) -> bytes:
        """The workbook with plain names of parts, and without far cells in sheets whose cells are scattered."""
        scattered = {self._sheets[name]: name for name, seen in self._seen.items() if seen.is_scattered}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for part in self._parts:
                content = self._read(part)
                if name := scattered.get(part):
                    content, self._far[name] = self._gathered(part)
                target.writestr(part, content)
        return out.getvalue()

    def _gathered(self, part: str) -> tuple[bytes, tuple[str, ...]]:
        """A sheet's XML without blank cells and without those behind a gap; and the names of the latter."""
        root = _xml(self._read(part))
        texts = self._shared_texts()
        cells = [(row, column, cell) for row, column, cell in _placed(root)]
        filled = [(row, column) for row, column, cell in cells if not _is_blank(cell, texts)]
        last_row = _before_gap({row for row, _ in filled}, SHEET_GAP_ROWS)
        last_column = _before_gap({column for row, column in filled if row <= last_row}, SHEET_GAP_COLUMNS)
        if (last_row + 1) * (last_column + 1) > SHEET_CELLS_MAX:
            raise UnreadableDocumentError("单元格的范围过大，不是表格")
        kept = {(row, column) for row, column in filled if row <= last_row and column <= last_column}
        for row, column, cell in cells:
            if (row, column) not in kept:
                cell.getparent().remove(cell)  # type: ignore[union-attr]
        far = [f"{column_letter(column)}{row + 1}" for row, column in filled if (row, column) not in kept]
        return lxml.etree.tostring(root), tuple(far)

    def _shared_texts(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._parts:
            return []
        strings = _xml(self._read("xl/sharedStrings.xml"))
        return ["".join(str(text.text or "") for text in each.iter("{*}t")) for each in strings.iter("{*}si")]


def _xml(text: bytes) -> Element:
    return lxml.etree.fromstring(text, lxml.etree.XMLParser(resolve_entities=False, huge_tree=True))


def _whole_rows(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a sheet in pieces that end with a row, the last with what stands behind them all."""
    rest = b""
    while chunk := stream.read(PIECE_BYTES):
        text = rest + chunk
        cut = text.rfind(ROW_END) + len(ROW_END)
        if cut >= len(ROW_END):
            yield text[:cut]
            rest = text[cut:]
        else:
            rest = text
    yield rest


def _merges(tail: bytes) -> Iterator[Merge]:
    """The merged ranges, which stand behind the rows of a sheet."""
    found = MERGES.search(tail)
    if not found:
        return
    parser = lxml.etree.XMLParser(resolve_entities=False, recover=True, huge_tree=True)  # a prefix is not declared here
    for element in lxml.etree.fromstring(found[0], parser).iter():
        if isinstance(element.tag, str) and element.tag.endswith("mergeCell"):
            corners = [_position(corner) for corner in str(element.get("ref", "")).split(":")]
            if len(corners) == 2 and corners[0] and corners[1]:
                yield Merge(*corners[0], *corners[1])


def _position(reference: str) -> tuple[int, int] | None:
    """Row and column, from 0, of a cell such as B12."""
    found = REFERENCE.fullmatch(reference)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _cells(stream: IO[bytes]) -> Iterator[tuple[int, int, Element]]:
    """Every cell of a sheet as it is parsed, with its row and column from 0; those without a reference stand beside the one before."""
    row = column = -1
    with stream:
        for event, element in lxml.etree.iterparse(
            stream, events=("start", "end"), tag=("{*}row", "{*}c"), huge_tree=True, recover=True
        ):
            if event == "start":
                if element.tag.endswith("row"):
                    row, column = _row_number(element, row), -1
            elif element.tag.endswith("row"):
                element.clear()
            else:
                row, column = _position(str(element.get("r"))) or (row, column + 1)
                yield row, column, element


def _placed(root: Element) -> Iterator[tuple[int, int, Element]]:
    """The same of a sheet that is held whole."""
    row = -1
    for line in root.iter("{*}row"):
        row, column = _row_number(line, row), -1
        for cell in line.iter("{*}c"):
            row, column = _position(str(cell.get("r"))) or (row, column + 1)
            yield row, column, cell


def _row_number(element: Element, before: int) -> int:
    number = str(element.get("r") or "")
    return int(number) - 1 if number.isdecimal() else before + 1


def _child(cell: Element, name: str) -> Element | None:
    return next(cell.iterchildren(f"{{*}}{name}"), None)


def _value(cell: Element) -> str:
    value = _child(cell, "v")
    return str(value.text or "").strip() if value is not None else ""


def _lacks_result(cell: Element) -> bool:
    """A formula without a value; one whose result is text may be an empty text."""
    return _child(cell, "f") is not None and not _value(cell) and cell.get("t") != "str"


def _is_number(cell: Element) -> bool:
    return cell.get("t", "n") == "n" and bool(_value(cell))


def _is_blank(cell: Element, texts: list[str]) -> bool:
    if cell.get("t") == "s" and _value(cell).isdecimal():
        number = int(_value(cell))
        text = texts[number] if number < len(texts) else ""
    else:
        text = "".join(cell.itertext())  # type: ignore[arg-type]
    return not visible_text(text).strip()


def _before_gap(numbers: set[int], gap: int) -> int:
    """The last of some numbers before a gap."""
    last = min(numbers, default=0)
    for number in sorted(numbers):
        if number - last > gap:
            break
        last = number
    return last
