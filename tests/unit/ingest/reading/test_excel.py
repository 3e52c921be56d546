"""Workbooks: cells as text where they stood, error values, merged cells, hidden sheets, and cells that hold numbers."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from ingest.reading.excel import read_workbook
from ingest.reading.sheet import Merge

Write = Callable[..., Path]


def test_leading_blank_rows_and_columns_do_not_move_a_cell(write_xlsx: Write) -> None:
    (sheet,) = read_workbook(write_xlsx(("a", [[], [], ["", "", "x"], ["", "", 1.5]])))
    assert sheet.first_column == 2
    assert sheet.head(9) == [[""], [""], ["x"], ["1.5"]]


def test_cells_become_text_without_losing_digits(write_xlsx: Write) -> None:
    rows = [[3310020012, 0.1 + 0.2, True, "x", dt.date(2020, 9, 1), 12345678.25]]
    (sheet,) = read_workbook(write_xlsx(("a", rows)))
    assert sheet.head(1) == [["3310020012", "0.3", "true", "x", "2020-09-01 00:00:00", "12345678.25"]]


def test_error_values_are_told_apart_from_blanks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append(["#N/A", ""])
    book.active.append(["x", "#REF!"])
    book.active["A2"].data_type = book.active["B3"].data_type = "e"
    book.save(tmp_path / "e.xlsx")
    (sheet,) = read_workbook(tmp_path / "e.xlsx")
    assert sheet.head(9) == [["a", "b"], ["#N/A", ""], ["x", "#REF!"]]


def test_hidden_sheets_are_named_and_not_read(write_xlsx: Write) -> None:
    first, second = read_workbook(write_xlsx(("a", [["x"]]), ("b", [["y"]]), hidden=["b"]))
    assert not first.is_hidden and first.height == 1
    assert second.is_hidden and second.height == 0 and (second.name, second.sheet_no) == ("b", 2)


def test_vertically_merged_cells_of_xlsx_are_found(write_xlsx: Write) -> None:
    rows = [["title", ""], ["a", 1], ["", 2], ["", 3]]
    (sheet,) = read_workbook(write_xlsx(("a", rows), merges=[(0, 0, 0, 1), (1, 0, 3, 0)]))
    assert sheet.merges == [Merge(0, 0, 0, 1), Merge(1, 0, 3, 0)]
    sheet.fill_merged_data(1)
    assert sheet.columns[0].to_pylist() == ["title", "a", "a", "a"]


def test_vertically_merged_cells_of_xls_are_found(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    page.write_merge(1, 2, 0, 0, "m")
    page.write(0, 0, "h")
    book.save(str(tmp_path / "m.xls"))
    assert read_workbook(tmp_path / "m.xls")[0].merges == [Merge(1, 0, 2, 0)]


def test_vertically_merged_cells_of_ods_are_found(tmp_path: Path) -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="a")
    for number, cell in enumerate(
        (TableCell(valuetype="string"), TableCell(valuetype="string", numberrowsspanned=2), CoveredTableCell())
    ):
        if number < 2:
            cell.addElement(P(text=f"c{number}"))
        row = TableRow()
        row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(tmp_path / "m.ods"))
    assert read_workbook(tmp_path / "m.ods")[0].merges == [Merge(1, 0, 2, 0)]


def test_a_second_look_tells_numbers_from_text(write_xlsx: Write, tmp_path: Path) -> None:
    values: list[str | int] = ["证件号码", "331002199001011000", 331002199001011000]
    (sheet,) = read_workbook(write_xlsx(("a", [[value] for value in values])))
    assert sheet.numeric_rows is not None and sheet.numeric_rows(0, [0, 1, 2]) == {2}
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    for number, value in enumerate(values):
        page.write(number, 0, value)
    book.save(str(tmp_path / "n.xls"))
    (sheet,) = read_workbook(tmp_path / "n.xls")
    assert sheet.numeric_rows is not None and sheet.numeric_rows(0, [0, 1, 2]) == {2}
