"""Templates: one workbook for a unit and collection with a sheet for every form that the unit supplies, made from the contracts.

What is known in advance is filled in (the register, the schools of a return, the tasks), what may be chosen is a drop-down list,
and every other cell is checked as it is typed. Words and measures stand in `template.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from ingest.contracts.contract import Column, Contract
from ingest.reference import Collection, Reference, Unit, labels
from ingest.values.wording import above, at_least, at_most, between, rule_in_words
from ingest.workbooks.style import OutgoingWorkbook, sheet_name

KnownSchool = Mapping[str, object]
"""A school as the unit's register had it: values by the register's column names, codes as codes."""

INPUT_TITLE_CHARACTERS = 32
INPUT_MESSAGE_CHARACTERS = 255
WIDTH_MAX = 40
ANY_NUMBER = 10**15
FIRST_DAY = date(1900, 1, 1)
INSTRUCTION_WIDTHS = (30, 36, 8, 14, 10, 50, 50, 50)
LINE_HEIGHT = 15
LIST_ROW = 2  # of the first choice on the sheet of options, from 0
A4 = 9
SCHOOLS = "schools"  # key of the list of the unit's schools, beside the code lists


class Words(BaseModel):
    """Measures and words of the workbooks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    validated_rows: dict[Literal["roster", "return"], int]
    instructions_sheet: str
    options_sheet: str
    remarks_heading: str
    units: dict[str, str]
    widths: dict[str, int]
    number_formats: dict[str, str]
    rules: tuple[str, ...]


WORDS = Words.model_validate(yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")))


def write_template(
    target: Path,
    unit: Unit,
    collection: Collection,
    contracts: Mapping[str, Contract],
    reference: Reference,
    schools: Sequence[KnownSchool],
) -> None:
    """Writes the workbook that `unit` fills in for `collection`; `schools` are those of its register so far."""
    forms = [contract for contract in contracts.values() if unit.kind in contract.suppliers]
    options = _options(forms, unit, reference, schools)
    with OutgoingWorkbook(target) as book:
        template = _Template(book, unit, collection, reference, options)
        template.add_instructions(forms)
        for contract in forms:
            template.add_form(contract, _known_rows(contract, unit, reference, schools))
        template.add_options()


# -- what is known in advance, and what may be chosen
def _known_rows(
    contract: Contract, unit: Unit, reference: Reference, schools: Sequence[KnownSchool]
) -> list[Mapping[str, object]]:
    """Rows of a form that are filled in for the unit."""
    if contract.form == "school_register":
        return list(schools)
    if contract.form == "progress_items":
        return [{"item": target, "item_name": name} for target, name in _tasks(unit, reference).items()]
    if not _is_by_school(contract):
        return []
    groups = {code.code: code.group for code in reference.codes["school_type"]}
    return [
        {"school_id": school["school_id"], WORDS.remarks_heading: school["school_name"]}
        for school in _open(schools)
        if groups.get(str(school["school_type"])) in contract.covers
    ]


def _is_by_school(contract: Contract) -> bool:
    return contract.kind == "return" and contract.key == ("school_id",)


def _open(schools: Sequence[KnownSchool]) -> list[KnownSchool]:
    return [school for school in schools if school["status"] == "open"]


def _tasks(unit: Unit, reference: Reference) -> dict[str, str]:
    """Names of the declared tasks that the unit reports on, by their codes."""
    return {
        target: metric.name_zh
        for target, metric in reference.declared_targets.items()
        if unit.kind in metric.reported_by.split(";")
    }


@dataclass(frozen=True)
class _Choices:
    """What may be chosen in a column, with what it stands for where that is a code."""

    title: str
    values: tuple[str, ...]
    meanings: tuple[str, ...] = ()


def _choices_of(column: Column, contract: Contract) -> str | None:
    """The key of the list that a column is chosen from."""
    if column.name == "school_id" and contract.form != "school_register" and contract.replacement_scope == "school":
        return SCHOOLS
    return column.codes


def _options(
    forms: Sequence[Contract], unit: Unit, reference: Reference, schools: Sequence[KnownSchool]
) -> dict[str, _Choices]:
    """Every list that a column of the forms is chosen from; an empty one is left out.

    The titles are no headings of any form, so that the sheet of options is never taken for one.
    """
    ids = {str(school["school_id"]): str(school["school_name"]) for school in _open(schools)}
    units = {code: each.name_zh for code, each in reference.units.items()}
    coded = {SCHOOLS: ids, "declared_targets": _tasks(unit, reference), "reporting_units": units}
    options: dict[str, _Choices] = {}
    for contract in forms:
        for column in contract.columns:
            key = _choices_of(column, contract)
            if key is None or key in options:
                continue
            title = f"选项：{'是否' if column.type == 'bool' else column.heading_zh}"
            if key in coded:
                options[key] = _Choices(title, tuple(coded[key]), tuple(coded[key].values()))
            else:
                options[key] = _Choices(title, tuple(code.label_zh for code in reference.codes[key]))
    return {key: choices for key, choices in options.items() if choices.values}


# -- what is asked for, in words
def _kind(column: Column) -> str:
    """The type as `template.yaml` tells them apart."""
    return "identifier" if column.type == "text" and column.identifier else column.type


def _dates(column: Column, collection: Collection) -> tuple[date | None, date | None]:
    """The first and last day that a date of the collection may be."""

    def day(bound: str | None) -> date | None:
        if bound is None:
            return None
        return date.fromisoformat(bound) if bound[0].isdigit() else getattr(collection, bound)

    if column.age_at_reference:
        youngest, oldest = column.age_at_reference
        year = collection.reference_date.year
        return date(year - oldest - 1, 1, 1), collection.reference_date.replace(year=year - youngest)
    return day(column.not_before), day(column.not_after)


def limits_in_words(column: Column, collection: Collection) -> list[str]:
    """The limits of a value."""
    first, last = _dates(column, collection)
    said = [
        column.pattern_zh,
        at_least(column.minimum) if column.minimum is not None else None,
        above(column.above) if column.above is not None else None,
        at_most(column.maximum) if column.maximum is not None else None,
        f"应为 {getattr(collection, column.equals)}" if column.equals else None,
    ]
    if column.age_at_reference:
        low, high = column.age_at_reference
        said.append(f"{collection.reference_date} 时年龄 {low} 至 {high} 岁")
    else:
        said += [f"不早于 {first}" if first else None, f"不晚于 {last}" if last else None]
    if column.plausible:
        said.append(f"通常在 {between(*column.plausible)} 之间")
    return [text for text in said if text]


def _remarks(column: Column, contract: Contract, reference: Reference) -> list[str]:
    """What else there is to say of a column: its rules, and how a person's data are kept."""
    rules = [
        rule_in_words(rule, contract, reference)
        for rule in contract.row_rules
        if column.name in (rule.column, rule.numerator, *rule.columns)
    ]
    return [text for text in (*rules, labels("personal_data").get(column.pii or "")) if text]


# -- the workbook
class _Template:
    """One workbook on its way."""

    def __init__(
        self,
        book: OutgoingWorkbook,
        unit: Unit,
        collection: Collection,
        reference: Reference,
        options: Mapping[str, _Choices],
    ):
        self.book = book
        self.unit = unit
        self.collection = collection
        self.reference = reference
        self.options = options

    def _sheet(self, name: str) -> Worksheet:
        sheet = self.book.add_worksheet(sheet_name(name, self.book.sheetnames))
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        return sheet

    # -- instructions
    def add_instructions(self, forms: Sequence[Contract]) -> None:
        """The first sheet: how to fill in and send, what is due when, and every column of every form."""
        look = self.book.look
        sheet = self._sheet(WORDS.instructions_sheet)
        for index, width in enumerate(INSTRUCTION_WIDTHS):
            sheet.set_column(index, index, width)
        sheet.write_string(0, 0, f"{self.unit.name_zh} {self.collection.name_zh} 报送模板", look("title"))
        said = f"单位代码 {self.unit.unit_code}，学年代码 {self.collection.collection_id}，统计时点 {self.collection.reference_date}"
        sheet.write_string(1, 0, said, look("subtitle"))
        names = {
            "collection_id": self.collection.collection_id,
            "unit_code": self.unit.unit_code,
            "options_sheet": WORDS.options_sheet,
        }
        for row, rule in enumerate(WORDS.rules, start=3):
            sheet.write_string(row, 0, f"{row - 2}. {rule.format(**names)}")
        row = self._due(sheet, 4 + len(WORDS.rules), forms)
        self._columns(sheet, row + 1, forms)

    def _due(self, sheet: Worksheet, row: int, forms: Sequence[Contract]) -> int:
        """Which form is due when; the row below."""
        sheet.write_row(row, 0, ["报送的表", "到期日"], self.book.look("heading"))
        for contract in forms:
            row += 1
            sheet.write_row(row, 0, [contract.name_zh, str(self._due_on(contract))], self.book.look("cell"))
        return row + 1

    def _due_on(self, contract: Contract) -> date:
        day: date = getattr(self.collection, contract.due)
        return day

    def _columns(self, sheet: Worksheet, row: int, forms: Sequence[Contract]) -> None:
        """Every column of every form; with its letter in front a heading is none that the reader knows."""
        titles = ["所在的表", "列", "必填", "类型", "计量单位", "允许的值", "填报要求", "英文含义"]
        sheet.write_row(row, 0, titles, self.book.look("heading"))
        for contract in forms:
            for index, column in enumerate(_headed(contract)):
                if column is None:
                    continue
                row += 1
                cells = [
                    contract.name_zh,
                    f"{xl_col_to_name(index)} 列　{column.heading_zh}",
                    "必填" if column.required else "",
                    labels("column_type")[_kind(column)],
                    WORDS.units.get(column.unit or "", column.unit or ""),
                    self._allowed(column, contract),
                    "；".join(_remarks(column, contract, self.reference)),
                    column.name_en,
                ]
                sheet.write_row(row, 0, cells, self.book.look("cell"))
                lines = max(
                    -(-_characters(cell) // width) for cell, width in zip(cells, INSTRUCTION_WIDTHS, strict=True)
                )
                sheet.set_row(row, LINE_HEIGHT * lines)

    def _allowed(self, column: Column, contract: Contract) -> str:
        limits = "，".join(limits_in_words(column, self.collection))
        choices = self.options.get(_choices_of(column, contract) or "")
        if choices is None:
            return limits
        if choices.meanings:
            return f"见“{WORDS.options_sheet}”表的“{choices.title}”"
        return "、".join(choices.values)

    # -- forms
    def add_form(self, contract: Contract, rows: Sequence[Mapping[str, object]]) -> None:
        """The sheet of a form: title, unit line, headings, what is known in advance, and checks of what is typed."""
        sheet = self._sheet(contract.name_zh)
        headed = _headed(contract)
        title = f"{self.unit.name_zh} {self.collection.name_zh} {contract.name_zh}（{self._due_on(contract)} 前报送）"
        sheet.write_string(0, 0, title, self.book.look("title"))
        heading_row = 1
        if any(column.unit == "yuan" for column in contract.columns):
            self._unit_line(sheet)
            heading_row = 2
        for index, column in enumerate(headed):
            sheet.write_string(heading_row, index, _heading(column), self.book.look("heading"))
            sheet.set_column(index, index, _width(column, rows), self._format(column))
            if column is not None:
                last = heading_row + WORDS.validated_rows[contract.kind]
                sheet.data_validation(heading_row + 1, index, last, index, self._validation(column, contract))
        for row, values in enumerate(rows, start=heading_row + 1):
            self._fill(sheet, row, headed, values, "input" if contract.kind == "return" else "cell")
        sheet.freeze_panes(heading_row + 1, 2 if None in headed else 1)
        sheet.repeat_rows(0, heading_row)

    def _unit_line(self, sheet: Worksheet) -> None:
        sheet.write_string(1, 0, "单位：元", self.book.look("subtitle"))
        sheet.data_validation(1, 0, 1, 0, {"validate": "list", "source": ["单位：元", "单位：万元"]})

    def _format(self, column: Column | None, *looks: str) -> Format:
        """The number format of a column's cells, in the looks named."""
        return self.book.look(*looks, num_format=WORDS.number_formats[_kind(column)] if column else "@")

    def _fill(
        self, sheet: Worksheet, row: int, headed: Sequence[Column | None], values: Mapping[str, object], blank: str
    ) -> None:
        """A row that is known in advance; `blank` is the look of what is left to fill in."""
        for index, column in enumerate(headed):
            value = values.get(column.name if column else WORDS.remarks_heading)
            if value is None:
                sheet.write_blank(row, index, None, self._format(column, blank))
            elif isinstance(value, date):
                sheet.write_datetime(row, index, value, self._format(column, "cell"))
            else:
                sheet.write_string(row, index, self._label(column, value), self._format(column, "cell"))

    def _label(self, column: Column | None, value: object) -> str:
        """A value as a county writes it: codes by their labels."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        codes = self.reference.codes.get(column.codes or "", []) if column else []
        return next((code.label_zh for code in codes if code.code == text), text)

    def _validation(self, column: Column, contract: Contract) -> dict[str, object]:
        """What Excel says when a cell is entered, and what it takes."""
        unit = f"，单位：{WORDS.units.get(column.unit, column.unit)}" if column.unit and column.unit != "yuan" else ""
        limits = limits_in_words(column, self.collection)
        asked = [
            ("必填，" if column.required else "选填，") + labels("column_type")[_kind(column)] + unit,
            *limits,
            *_remarks(column, contract, self.reference),
        ]
        return self._accepted(column, contract) | {
            "input_title": column.heading_zh[:INPUT_TITLE_CHARACTERS],
            "input_message": "；".join(asked)[:INPUT_MESSAGE_CHARACTERS],
            "error_title": "请核对",
        }

    def _accepted(self, column: Column, contract: Contract) -> dict[str, object]:
        """The check of a cell in Excel's terms."""
        key = _choices_of(column, contract)
        if key in self.options:
            source: dict[str, object] = {"validate": "list", "source": self._source(str(key))}
            if key == SCHOOLS:
                said = "该学校标识码不在选项中。新学校请先补入学校名录。"
                return source | {"error_type": "warning", "error_message": said}
            return source | {"error_message": f"请从下拉列表中选填，全部选项见“{WORDS.options_sheet}”表。"}
        wanted = labels("column_type")[column.type] + "".join(
            f"，{text}" for text in limits_in_words(column, self.collection)[:2]
        )
        if column.type in ("int", "number"):
            kind = "integer" if column.type == "int" else "decimal"
            return {"validate": kind, **self._number_range(column), "error_message": f"请填写{wanted}。"}
        if column.type == "date":
            return {"validate": "date", **self._date_range(column), "error_message": f"请填写{wanted}，如 2020-09-01。"}
        return {"validate": "any"}

    def _number_range(self, column: Column) -> dict[str, object]:
        if column.equals:
            return {"criteria": "==", "value": getattr(self.collection, column.equals)}
        if column.above is not None and column.maximum is None:
            return {"criteria": ">", "value": column.above}
        low = next((limit for limit in (column.minimum, column.above) if limit is not None), -ANY_NUMBER)
        return {
            "criteria": "between",
            "minimum": low,
            "maximum": ANY_NUMBER if column.maximum is None else column.maximum,
        }

    def _date_range(self, column: Column) -> dict[str, object]:
        first, last = _dates(column, self.collection)
        if last is None:
            return {"criteria": ">=", "value": first or FIRST_DAY}
        return {"criteria": "between", "minimum": first or FIRST_DAY, "maximum": last}

    # -- options
    def _source(self, key: str) -> str:
        """The cells of a list on the sheet of options."""
        index = self._positions()[key]
        cells = xl_range_abs(LIST_ROW, index, LIST_ROW + len(self.options[key].values) - 1, index)
        return f"='{WORDS.options_sheet}'!{cells}"

    def _positions(self) -> dict[str, int]:
        """The column that each list begins in; meanings stand to the right of codes."""
        positions, index = {}, 0
        for key, choices in self.options.items():
            positions[key] = index
            index += 2 if choices.meanings else 1
        return positions

    def add_options(self) -> None:
        """The last sheet: every list that the drop-down lists show."""
        sheet = self._sheet(WORDS.options_sheet)
        sheet.write_string(0, 0, "下拉列表的全部选项（供查阅，请不要改动）", self.book.look("subtitle"))
        text = self.book.look("cell", num_format="@")
        for key, index in self._positions().items():
            choices = self.options[key]
            titles = [choices.title, "对应的名称"] if choices.meanings else [choices.title]
            sheet.write_row(LIST_ROW - 1, index, titles, self.book.look("heading"))
            sheet.set_column(index, index, max(map(_characters, (choices.title, *choices.values))) + 2)
            sheet.write_column(LIST_ROW, index, choices.values, text)
            if choices.meanings:
                sheet.set_column(index + 1, index + 1, WIDTH_MAX)
                sheet.write_column(LIST_ROW, index + 1, choices.meanings, text)
        sheet.freeze_panes(LIST_ROW, 0)


def _headed(contract: Contract) -> list[Column | None]:
    """The columns of a form's sheet; None is the one that names the school beside its code."""
    headed: list[Column | None] = list(contract.columns)
    if _is_by_school(contract):
        headed.insert(1, None)
    return headed


def _heading(column: Column | None) -> str:
    if column is None:
        return WORDS.remarks_heading
    return column.heading_zh + ("*" if column.required else "")


def _width(column: Column | None, rows: Sequence[Mapping[str, object]]) -> int:
    """The width of a column, in characters: its heading, and whatever is filled in."""
    if column is None:
        return WIDTH_MAX
    filled = max((_characters(str(row[column.name])) for row in rows if row.get(column.name)), default=0)
    wanted = max(_characters(_heading(column)), filled) + 2
    return max(WORDS.widths[_kind(column)], min(wanted, WIDTH_MAX))


def _characters(text: str) -> int:
    """The width of a text: Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
