"""What the XML of a workbook says beside its cells' text, and sheets whose cells lie far from each other."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from ingest.errors import UnreadableDocumentError
from ingest.reading.excel import read_workbook
from ingest.reading.sheet import Merge
from ingest.reading.xlsx import XlsxStructure

Write = Callable[..., Path]


def structure(path: Path) -> XlsxStructure:
    return XlsxStructure(path.read_bytes(), zipfile.ZipFile(path))


def with_sheet(path: Path, change: Callable[[bytes], bytes], name: str = "xl/worksheets/sheet1.xml") -> Path:
    """The workbook with one of its parts changed."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, change(content) if part == name else content)
    return changed


def test_formulas_without_a_stored_result_are_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "=1+1"])
    book.active.append([1, 2])
    book.save(tmp_path / "f.xlsx")
    assert structure(tmp_path / "f.xlsx").sheet("Sheet").formulas == {(0, 1)}


def test_formulas_with_a_result_are_figures(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "=1+1"])
    book.save(tmp_path / "f.xlsx")
    calculated = with_sheet(
        tmp_path / "f.xlsx",
        lambda xml: xml.replace(b"</f><v></v>", b"</f><v>2</v>").replace(b"</f><v/>", b"</f><v>2</v>"),
    )
    assert structure(calculated).sheet("Sheet").formulas == frozenset()


@pytest.mark.parametrize(
    ("number_format", "is_scaled"), [('0"万"', True), ("0.0,", True), ("#,##0", False), ("0.00%", False)]
)
def test_figures_shown_in_another_unit_are_found(tmp_path: Path, number_format: str, is_scaled: bool) -> None:
    book = openpyxl.Workbook()
    book.active.append(["经费", 120000])
    book.active["B1"].number_format = number_format
    book.save(tmp_path / "s.xlsx")
    assert structure(tmp_path / "s.xlsx").sheet("Sheet").scaled == ({(0, 1)} if is_scaled else set())


def test_long_numbers_are_found_as_text_and_in_powers(write_xlsx: Write) -> None:
    path = write_xlsx(("a", [["号码"], ["331002199001011234"], [331002199001011000], [3.31e17], [3310020001]]))
    assert structure(path).long_numbers("a") == {(2, 0), (3, 0)}
    assert structure(path).long_numbers("b") == frozenset()


def test_merges_and_the_calendar_are_told(write_xlsx: Write) -> None:
    path = write_xlsx(("a", [["x", ""], ["y", ""]]), merges=[(0, 0, 0, 1)])
    assert structure(path).sheet("a").merges == (Merge(0, 0, 0, 1),)
    assert not structure(path).is_1904


def test_a_far_cell_is_left_out_and_told(write_xlsx: Write) -> None:
    path = write_xlsx(("a", [["x", "y"], ["1", "2"]]))
    far = b'<row r="1048576"><c r="XFD1048576"><v>9</v></c></row></sheetData>'
    scattered = with_sheet(path, lambda xml: xml.replace(b"</sheetData>", far))
    (sheet,) = read_workbook(scattered)
    assert sheet.head(9) == [["x", "y"], ["1", "2"]]
    assert any("XFD1048576" in detail for _, detail in sheet.notes)


def test_a_cell_of_a_usual_sheet_is_not_far(write_xlsx: Write) -> None:
    path = write_xlsx(("a", [["x"], *([[""]] * 500), ["1"]]))
    kept = structure(path)
    assert kept.sheet("a").far == () and kept.data == path.read_bytes()


def test_a_range_that_no_table_has_is_refused(write_xlsx: Write) -> None:
    """Cells near enough to their neighbours, that together span more than a sheet may."""
    path = write_xlsx(("a", [["x"]]))
    down = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (row, row) for row in range(9000, 1_048_576, 9000))
    across = b"".join(b'<c r="%s2"><v>1</v></c>' % name for name in (b"EA", b"IA", b"OA", b"UA", b"AAA", b"AGA"))
    scattered = with_sheet(
        path, lambda xml: xml.replace(b"</sheetData>", b'<row r="2">' + across + b"</row>" + down + b"</sheetData>")
    )
    with pytest.raises(UnreadableDocumentError, match="范围过大"):
        structure(scattered)


def test_parts_named_with_backslashes_are_read(write_xlsx: Write, tmp_path: Path) -> None:
    path = write_xlsx(("a", [["x"], ["1"]]))
    renamed = tmp_path / "backslash.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(renamed, "w") as target:
        for part in source.namelist():
            info = zipfile.ZipInfo("p")
            info.filename = part.replace("/", "\\")
            target.writestr(info, source.read(part))
    (sheet,) = read_workbook(renamed)
    assert sheet.head(9) == [["x"], ["1"]]
