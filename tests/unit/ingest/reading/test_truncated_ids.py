"""Identifiers that a spreadsheet rounded are marked; those that only look so are left alone."""

from collections.abc import Callable
from pathlib import Path

from ingest.contracts.contract import load_contracts
from ingest.reading.excel import read_workbook
from ingest.reading.table import TableFinder
from ingest.reading.truncated_ids import mark_rounded_numbers
from ingest.reference import Reference
from ingest.values.parse import code_table


def test_only_numbers_are_marked_as_rounded(write_xlsx: Callable[..., Path], reference: Reference) -> None:
    headings = ["教师编号", "姓名", "身份证件号", "性别", "出生日期"]
    rows = [
        ["1", "样例", "331002199001011000", "男", "1990-01-01"],
        ["2", "样例", 331002199001011000, "男", "1990-01-01"],
        ["3", "样例", "331002199001010000", "男", "1990-01-01"],
        [3310020000004, "样例", "331002199001011234", "男", "1990-01-01"],
    ]
    (sheet,) = read_workbook(write_xlsx(("a", [headings, *rows])))
    codes = {name: code_table(each) for name, each in reference.codes.items()}
    (found,) = TableFinder(load_contracts(), codes).tables(sheet)
    table = mark_rounded_numbers(sheet, found)
    assert table.cells["id_number"].to_pylist() == [
        "331002199001011000",
        "3.31002199001011E+17",
        "331002199001010000",
        "331002199001011234",
    ]
    assert table.cells["teacher_id"].to_pylist() == ["1", "2", "3", "3310020000004"]
