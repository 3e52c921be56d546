"""A template is read as exactly the forms it is made of, and what a unit fills in comes back without a single issue."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from openpyxl.cell import Cell
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ingest.checking.pseudonyms import Pseudonymiser
from ingest.checking.segment import Segment
from ingest.contracts.contract import Column, Contract
from ingest.reading.reader import Reader
from ingest.reference import Collection, Reference
from ingest.sample import build_city
from ingest.workbooks.template import WORDS, KnownSchool, write_template

COLLECTION = "2019-09"
COUNTY, ZONE, MUNICIPAL = "331002", "331099", "331000"
Truth = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def truth() -> Truth:
    """The true rows of a made-up city by form, with the contract's names for columns, and the unit as `sender`."""
    rows = build_city(3, 0.0005, [COLLECTION]).truth
    return {
        form: frame.rename(columns={"unit_code": "sender", "area_unit_code": "unit_code"})
        for form, frame in rows.items()
    }


def sent_by(truth: Truth, form: str, unit: str) -> list[dict[str, object]]:
    """The true rows of a unit; what is missing is None."""
    rows = truth[form][truth[form].sender == unit].drop(columns=["sender", "collection_id"]).astype(object)
    return [
        {str(name): value for name, value in row.items()} for row in rows.where(rows.notna(), None).to_dict("records")
    ]


def schools_of(truth: Truth, unit: str) -> list[KnownSchool]:
    return [row | {"founded_on": _day(row["founded_on"])} for row in sent_by(truth, "school_register", unit)]


def _day(value: object) -> dt.date | None:
    return value.date() if isinstance(value, dt.datetime) else None


class Desk:
    """Writes templates, and reads what comes back as the project does."""

    def __init__(self, contracts: dict[str, Contract], reference: Reference, folder: Path):
        self.contracts = contracts
        self.reference = reference
        self.folder = folder

    @property
    def collection(self) -> Collection:
        return self.reference.collections[COLLECTION]

    def write(self, unit: str, schools: list[KnownSchool]) -> Path:
        path = self.folder / f"{unit}.xlsx"
        write_template(path, self.reference.units[unit], self.collection, self.contracts, self.reference, schools)
        return path

    def forms_of(self, unit: str) -> list[str]:
        kind = self.reference.units[unit].kind
        return [form for form, contract in self.contracts.items() if kind in contract.suppliers]

    def check(self, path: Path) -> dict[str, pa.Table]:
        segment = Segment(self.contracts, self.reference, Pseudonymiser(bytes.fromhex("5a" * 32)))
        segment.add(1, self.collection, Reader(self.contracts, self.reference).read(path))
        checked, finished = segment.check(), segment.finish()
        return checked | finished | {"issues": pa.concat_tables([checked["issues"], finished["issues"]])}

    def typed(self, column: Column, value: object) -> object:
        """A true value as a county types it."""
        if value is not None and column.type in ("code", "bool"):
            code = str(value).lower() if column.type == "bool" else value
            return next(c.label_zh for c in self.reference.codes[str(column.codes)] if c.code == code)
        return _day(value) if column.type == "date" else value

    def fill(self, path: Path, form: str, rows: list[dict[str, object]]) -> None:
        """Types rows into the sheet of a form: where their key stands already, else below."""
        contract = self.contracts[form]
        book = openpyxl.load_workbook(path)
        sheet = book[contract.name_zh]
        headings = heading_cells(sheet, contract)
        places = {
            cell.value: cell.row for cell in sheet[headings[contract.columns[0].name].column_letter] if cell.value
        }
        for row in rows:
            number = places.get(row[contract.columns[0].name], sheet.max_row + 1)
            for column in contract.columns:
                if (value := self.typed(column, row[column.name])) is not None:
                    sheet.cell(number, headings[column.name].column, value)
        book.save(path)


def heading_cells(sheet: Worksheet, contract: Contract) -> dict[str, Cell]:
    """The cell of every column's heading."""
    names = {column.heading_zh: column.name for column in contract.columns}
    cells = [cell for row in sheet.iter_rows(max_row=3) for cell in row]
    return {names[str(c.value).rstrip("*")]: c for c in cells if str(c.value).rstrip("*") in names}


def validation(sheet: Worksheet, cell: str) -> DataValidation:
    """The one check of a cell."""
    (found,) = [check for check in sheet.data_validations.dataValidation if cell in check.sqref]
    return found


@pytest.fixture
def desk(contracts: dict[str, Contract], reference: Reference, tmp_path: Path) -> Desk:
    return Desk(contracts, reference, tmp_path)


@pytest.mark.parametrize("unit", [COUNTY, ZONE, MUNICIPAL])
def test_every_sheet_is_read_as_its_form_and_the_others_as_none(desk: Desk, truth: Truth, unit: str) -> None:
    path = desk.write(unit, schools_of(truth, unit))
    document = Reader(desk.contracts, desk.reference).read(path)
    forms = desk.forms_of(unit)
    assert {table.sheet: table.form for table in document.tables} == {desk.contracts[f].name_zh: f for f in forms}
    assert len(document.tables) == len(forms)
    assert not document.hidden_sheets and document.reason is None
    assert not any(table.unknown_headings or table.recognised.missing_columns for table in document.tables)
    names = openpyxl.load_workbook(path).sheetnames
    assert (names[0], names[-1]) == ("填报说明", "选项")


@pytest.mark.parametrize("unit", [COUNTY, MUNICIPAL])
def test_what_is_filled_in_comes_back_without_an_issue(desk: Desk, truth: Truth, unit: str) -> None:
    path = desk.write(unit, schools_of(truth, unit))
    for form in desk.forms_of(unit):
        if form != "school_register":  # which is filled in already
            desk.fill(path, form, sent_by(truth, form, unit))
    tables = desk.check(path)
    assert tables["issues"].to_pylist() == []
    for form in desk.forms_of(unit):
        columns = [c for c in desk.contracts[form].columns if c.pii is None]
        expected = [tuple(_plain(row[c.name]) for c in columns) for row in sent_by(truth, form, unit)]
        rows = tables[f"rows/{form}"]
        assert all(rows["is_accepted"].to_pylist()), form
        found = zip(*(rows[c.name].to_pylist() for c in columns), strict=True)
        assert Counter(found) == Counter(expected), form


def _plain(value: object) -> object:
    return _day(value) if isinstance(value, dt.datetime) else value


def test_county_and_municipal_unit_together_fill_in_every_form(desk: Desk, truth: Truth) -> None:
    covered = {form for unit in (COUNTY, MUNICIPAL) for form in desk.forms_of(unit) if sent_by(truth, form, unit)}
    assert covered == set(desk.contracts) and len(covered) == 16


def test_an_untouched_template_asks_for_what_is_blank_and_for_nothing_else(desk: Desk, truth: Truth) -> None:
    tables = desk.check(desk.write(COUNTY, schools_of(truth, COUNTY)))
    issues = tables["issues"].to_pylist()
    empty = {i["form"] for i in issues if i["check_id"] == "document.no_rows"}
    assert {form for form in desk.forms_of(COUNTY) if not tables[f"rows/{form}"].num_rows} == empty
    assert {(i["form"], i["column_name"], i["check_id"]) for i in issues if i["form"] not in empty} == {
        ("school_connectivity", "man_connected", "cell.required"),
        ("progress_items", "status", "cell.required"),
    }
    assert desk.check(desk.write(COUNTY, []))["rows/school_register"].num_rows == 0


def test_open_schools_that_a_form_covers_stand_there_with_their_names(
    desk: Desk, truth: Truth, reference: Reference, contracts: Mapping[str, Contract]
) -> None:
    schools = schools_of(truth, COUNTY)
    assert {school["school_type"] for school in schools} >= {"111", "211", "365"}
    schools[0] = {**schools[0], "status": "closed"}
    book = openpyxl.load_workbook(desk.write(COUNTY, schools))
    groups = {code.code: code.group for code in reference.codes["school_type"]}
    for form in ("school_conditions", "school_connectivity", "school_practice"):
        sheet = book[contracts[form].name_zh]
        top = heading_cells(sheet, contracts[form])["school_id"].row
        assert sheet.cell(top, 2).value == "备注（学校名称）"
        shown = [(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=top + 1)]
        assert shown == [
            (school["school_id"], school["school_name"])
            for school in schools[1:]
            if groups[str(school["school_type"])] in contracts[form].covers
        ]
    assert book[contracts["admission_quota"].name_zh].max_row == 2  # which senior schools are key ones nobody knows
    register = book["学校名录"]
    assert register.max_row == 2 + len(schools)
    assert "撤并" in [cell.value for cell in register[3]]


def test_lists_numbers_and_dates_are_checked_as_they_are_typed(desk: Desk, truth: Truth) -> None:
    schools = schools_of(truth, COUNTY)
    book = openpyxl.load_workbook(desk.write(COUNTY, schools))
    roster, options = book["学生名册"], book["选项"]
    cells = heading_cells(roster, desk.contracts["student_roster"])

    def below(name: str) -> str:
        return f"{cells[name].column_letter}{cells[name].row + 1}"

    def listed(name: str) -> list[object]:
        check = validation(roster, below(name))
        assert check.type == "list"
        sheet, _, area = str(check.formula1).replace("$", "").partition("!")
        assert sheet == "'选项'"
        return [row[0].value for row in options[area]]

    assert listed("sex") == ["男", "女"]
    assert listed("boarding") == ["走读", "住校", "其他"]
    assert listed("school_id") == [school["school_id"] for school in schools]
    assert validation(roster, below("school_id")).errorStyle == "warning"
    assert validation(roster, below("sex")).errorStyle in (None, "stop")
    (covered,) = validation(roster, below("sex")).sqref.ranges
    assert covered.size["rows"] == WORDS.validated_rows["roster"]
    born = validation(roster, below("birth_date"))
    assert (born.type, born.operator or "between") == ("date", "between")
    days = [dt.date(1899, 12, 30) + dt.timedelta(int(str(figure))) for figure in (born.formula1, born.formula2)]
    assert days == [dt.date(1990, 1, 1), dt.date(2019, 9, 1)]
    places = validation(book["幼儿园建设项目表"], "D3")
    assert (places.type, places.formula1, places.formula2) == ("whole", "0.0", "3000.0")
    assert validation(book["教师待遇情况表"], "A4").formula1 == "2019"
    assert validation(book["教师待遇情况表"], "A2").formula1 == '"单位：元,单位：万元"'
    assert "至少填一项" in str(validation(roster, below("id_number")).prompt)


def test_numbers_typed_in_wan_are_read_as_yuan(desk: Desk) -> None:
    path = desk.write(COUNTY, [])
    pay: dict[str, object] = {
        "year": 2019,
        "teacher_pay": 12.5,
        "civil_servant_pay": 12,
        "kindergarten_contract_pay": 7,
    }
    desk.fill(path, "pay", [pay | {"social_average_pay": 8}])
    book = openpyxl.load_workbook(path)
    assert book["教师待遇情况表"]["A2"].value == "单位：元"
    book["教师待遇情况表"]["A2"] = "单位：万元"
    book.save(path)
    tables = desk.check(path)
    assert tables["rows/pay"]["teacher_pay"].to_pylist() == [125_000.0]
    assert "pay" not in tables["issues"]["form"].to_pylist()


def test_the_instructions_tell_of_every_column_and_date(desk: Desk) -> None:
    book = openpyxl.load_workbook(desk.write(COUNTY, []))
    rows = [[str(cell.value or "") for cell in row] for row in book["填报说明"].iter_rows()]
    text = "\n".join("|".join(row) for row in rows)
    assert "2019-09/331002/" in text and "学校名录|2019-10-31" in text and "教师待遇情况表|2020-01-31" in text
    for form in desk.forms_of(COUNTY):
        contract = desk.contracts[form]
        told = {row[1].split("　")[1]: row for row in rows if row[0] == contract.name_zh and "　" in row[1]}
        assert list(told) == [column.heading_zh for column in contract.columns]
        assert [heading for heading, row in told.items() if row[2]] == [
            c.heading_zh for c in contract.columns if c.required
        ]
    assert (
        "只有“任教学段”为中职时才填" in text and "2019-09-01 时年龄 16 至 80 岁" in text and "通常在 20000 至" in text
    )


def test_no_cell_is_a_formula_and_identifiers_are_text(desk: Desk, truth: Truth) -> None:
    schools: list[KnownSchool] = [{**school, "school_name": "=1+1"} for school in schools_of(truth, COUNTY)]
    book = openpyxl.load_workbook(desk.write(COUNTY, schools))
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    roster = book["学生名册"]
    cells = heading_cells(roster, desk.contracts["student_roster"])
    formats = {
        name: column.number_format
        for column in roster.column_dimensions.values()
        for name, cell in cells.items()
        if column.min and column.min <= cell.column <= column.max
    }
    assert formats["id_number"] == formats["class_name"] == "@"
    assert formats["birth_date"] == "yyyy-mm-dd"
    assert roster.freeze_panes == "B3"
