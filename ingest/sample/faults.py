"""What goes wrong in faulty documents: single cells, whole rows, things to ask about, and documents that cannot be used.

Every fault is put down beside the document (`Planted`), so that `Expected` knows what a reader must say. Faults come round by
unit and collection, so that even a small city has each of them somewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ingest.sample import identity, layout, unreadable, writers
from ingest.sample.catalogue import Catalogue
from ingest.sample.cells import TEXT_ONLY, Cell
from ingest.sample.documents import LOCAL, Draft, Part, Planted, UnitOutbox
from ingest.sample.habits import STATUS
from ingest.sample.layout import Table

STRANGERS_PLACE = 330199
FUTURE = dt.datetime(2098, 9, 1, 9, tzinfo=LOCAL)
UNTOUCHED = frozenset(["side_by_side", "next_page"])  # a row's number, or its sheet, is not its own there
MOST_OF_FEW = 4  # a table of fewer rows may be thought to have a column without a heading


def spoil(outbox: UnitOutbox, drafts: list[Draft]) -> list[Draft]:
    """The unit's documents with the faults whose turn it is."""
    if drafts:
        Spoiler(outbox, drafts).work()
    return drafts


def misplaced(cat: Catalogue) -> Iterator[tuple[str, bytes, dt.datetime]]:
    """Files under a collection or unit that nobody knows."""
    contract = cat.contracts["school_practice"]
    for number, path in enumerate(cat.data["faults"]["misplaced"]):
        headings: list[Cell] = [c.heading_zh for c in contract.columns]
        rows: list[list[Cell]] = [headings, [f"213300000{number}", *["是"] * (len(headings) - 1)]]
        yield path, writers.write("xlsx", [Table("Sheet1", rows)]), dt.datetime(2020, 1, 6, 9, tzinfo=LOCAL)


@dataclass
class Spoiler:
    """Puts faults into the documents of one outbox."""

    outbox: UnitOutbox
    drafts: list[Draft]

    def __post_init__(self) -> None:
        self.cat, self.rng = self.outbox.cat, self.outbox.rng
        self.turn = self.outbox.turn
        self.round = self.turn // self.cat.data["faults"]["every"]
        self.strangers = 0

    def work(self) -> None:
        """Everything whose turn it is: cells, rows, queries, documents."""
        figures = self.cat.data["faults"]
        tasks: list[tuple[bool, Callable[[], None]]] = [
            (self._municipal(f["form"]), self._cell_task(f)) for f in figures["cells"]
        ]
        tasks += [
            (False, getattr(self, f"_{name}")) for name in figures["rows"] + figures["queries"] + figures["documents"]
        ]
        for number, (municipal, task) in enumerate(tasks):
            if (number + self.turn) % figures["every_municipal" if municipal else "every"] == 0:
                task()

    def _municipal(self, form: str) -> bool:
        return self.cat.contracts[form].suppliers == ("municipal",)

    def _cell_task(self, fault: dict[str, Any]) -> Callable[[], None]:
        return lambda: self._cell(fault)

    # ---- where a fault can go -------------------------------------------------------------------------------------
    def _parts(self, form: str) -> list[tuple[Draft, Part]]:
        """Tables of a form with rows that a reader will see."""
        return [
            (d, p)
            for d in self.drafts
            for p in d.parts
            if p.form == form
            and len(p.rows)
            and not p.is_rejected
            and "last_year_first" not in d.features
            and not UNTOUCHED.intersection(p.look.twists)
        ]

    def _counts(self, part: Part) -> np.ndarray:
        """Rows of people who have not left."""
        status = STATUS.get(part.form)
        return part.rows[status].isna().to_numpy() if status else np.ones(len(part.rows), bool)

    def _spot(
        self, form: str, able: Callable[[pd.DataFrame], np.ndarray] | None = None, *, lasting: bool = False
    ) -> tuple[Draft, Part, int] | None:
        """A row of a form that has no fault yet; `lasting` asks for a document that no later one corrects."""
        parts = [(d, p) for d, p in self._parts(form) if not lasting or "superseded" not in d.features]
        for index in self.rng.permutation(len(parts)):
            draft, part = parts[int(index)]
            touched = {p.row for p in part.planted}
            free = np.array([i not in touched for i in range(len(part.rows))]) & self._counts(part)
            free &= able(part.rows) if able else True
            if free.any():
                return draft, part, int(self.rng.choice(np.flatnonzero(free)))
        return None

    def _spots(self, form: str | None, kinds: tuple[str, ...]) -> Iterator[tuple[Draft, Part, int]]:
        """A row without a fault in every table of a form (None: of any) in documents of these kinds that no later one corrects."""
        forms = [form] if form else [contract.form for contract in self.outbox.forms]
        for draft, part in ((d, p) for name in forms for d, p in self._parts(name)):
            free = sorted(set(np.flatnonzero(self._counts(part)).tolist()) - {p.row for p in part.planted})
            if draft.kind in kinds and "superseded" not in draft.features and free:
                yield draft, part, int(self.rng.choice(free))

    def _where(self, name: str | None) -> Callable[[pd.DataFrame], np.ndarray] | None:
        """The rows that a fault asks for."""
        rules: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
            "in_junior_school": lambda f: f.school_id.isin(self._schools_of("311")).to_numpy(),
            "needs_school": lambda f: f.school_id.notna().to_numpy(),
            "has_figures": lambda f: f.numerator.notna().to_numpy(),
            "is_done": lambda f: (f.status == "done").to_numpy(),
            "is_teaching": lambda f: (f.post == "teaching").to_numpy() & f.course_kind.isna().to_numpy(),
            "is_teaching_general": lambda f: f.stage_taught.isin(["primary", "junior", "senior"]).to_numpy(),
        }
        return rules[name] if name else None

    def _schools_of(self, kind: str) -> set[str]:
        register = self.outbox.year.short["school_register"]
        return set(register.school_id[register.school_type == kind])

    # ---- cells ----------------------------------------------------------------------------------------------------
    def _cell(self, fault: dict[str, Any]) -> None:
        """One cell that breaks one check."""
        spot = self._spot(fault["form"], self._where(fault.get("where")))
        if not spot:
            return
        draft, part, row = spot
        cell = self._worked_out(fault["cell"], part.rows.iloc[row], draft.kind)
        if isinstance(cell, str) and cell.strip() and fault["column"] == "planned":
            part.look = replace(part.look, totals=None)
        part.overrides[row, fault["column"]] = cell
        for column in fault.get("without", []):
            part.overrides[row, column] = None
        for check, column in {fault["check"]: fault["column"], **fault.get("also", {})}.items():
            part.planted.append(Planted(check, column, row))

    def _worked_out(self, cell: Any, row: pd.Series, kind: str) -> Cell:
        """`@…` cells from the collection's dates or the row; numbers stay text in text files."""
        collection = self.outbox.collection
        if cell == "@after_as_of":
            return (collection.as_of_date + dt.timedelta(days=40)).isoformat()
        if cell == "@after_reference":
            return (collection.reference_date + dt.timedelta(days=20)).isoformat()
        if isinstance(cell, str) and cell.startswith("@more_than "):
            return int(row[cell.split()[1]]) + 7
        return str(cell) if isinstance(cell, float) and kind in TEXT_ONLY else cell

    # ---- rows -----------------------------------------------------------------------------------------------------
    def _put(self, part: Part, row: int, column: str, cell: Cell, check: str, *, sets_aside: bool = True) -> None:
        part.overrides[row, column] = cell
        part.planted.append(Planted(check, column, row, sets_aside))

    def _flip(self, number: str) -> str:
        """An ID number with another check digit."""
        return number[:-1] + ("1" if number[-1] == "0" else "0")

    def _wrong_id_number(self) -> None:
        if spot := self._spot(
            "student_roster", lambda f: f["id_number"].str.fullmatch(r"\d{17}[\dX]").fillna(False).to_numpy(bool)
        ):
            _, part, row = spot
            self._put(part, row, "id_number", self._flip(part.rows.id_number[row]), "id.checksum")

    def _wrong_student_number(self) -> None:
        if spot := self._spot(
            "student_roster", lambda f: f.student_id.str.startswith("G").fillna(False).to_numpy(bool)
        ):
            _, part, row = spot
            self._put(part, row, "student_id", self._flip(part.rows.student_id[row]), "id.checksum")

    def _wrong_teacher_id_number(self) -> None:
        if spot := self._spot(
            "teacher_roster", lambda f: f["id_number"].str.fullmatch(r"\d{17}[\dX]").fillna(False).to_numpy(bool)
        ):
            _, part, row = spot
            self._put(part, row, "id_number", self._flip(part.rows.id_number[row]), "id.checksum")

    def _lost_digits(self) -> None:
        """An ID number that a spreadsheet took for a number."""
        if spot := self._spot(
            "student_roster", lambda f: f["id_number"].str.fullmatch(r"\d{18}").fillna(False).to_numpy(bool)
        ):
            draft, part, row = spot
            number = float(part.rows.id_number[row])
            self._put(
                part, row, "id_number", f"{number:.5E}" if draft.kind in TEXT_ONLY else number, "id.precision_lost"
            )

    def _no_result(self) -> None:
        """A formula whose result the workbook does not hold."""
        for _, part, row in self._spots("school_conditions", writers.WITH_FORMULAS):
            if part.look.left_out != "teaching_area":
                self._put(part, row, "teaching_area", writers.FORMULA, "cell.formula")
                return

    def _row_too_long(self) -> None:
        """A line of a text with more cells than there are headings."""
        for _, part, row in self._spots(None, writers.DELIMITED):
            if len(part.rows) > MOST_OF_FEW:
                part.longer.add(row)
                part.planted.append(Planted("row.too_long", None, row))
                return

    def _stray_quote(self) -> None:
        """A quote that nothing closes."""
        for form, column in (("student_roster", "class_name"), ("teacher_roster", "name")):
            for _, part, row in self._spots(form, writers.DELIMITED):
                part.overrides[row, column] = f"{writers.QUOTE}{part.rows[column][row]}"
                part.planted.append(Planted("row.quote", None, row))
                return

    def _bad_school_code(self) -> None:
        """A school in the register whose code is no code."""
        if spot := self._spot("school_register"):
            _, part, row = spot
            self._append(
                part,
                part.rows.iloc[[row]].assign(school_id=f"33100A{self.turn:04d}"),
                Planted("cell.pattern", "school_id", len(part.rows)),
            )

    def _append(self, part: Part, rows: pd.DataFrame, planted: Planted | None = None) -> None:
        part.rows = pd.concat([part.rows, rows], ignore_index=True)
        if planted:
            part.planted.append(planted)

    def _twice(self) -> None:
        """A row that stands twice in one list."""
        forms = [
            "student_roster",
            "teacher_roster",
            "vocational_graduates",
            "kindergarten_projects",
            "school_conditions",
            "recognitions",
            "progress_items",
            "community_schools",
        ]
        for form in forms[self.round % 3 :: 3]:
            if spot := self._spot(form):
                _, part, row = spot
                self._append(part, part.rows.iloc[[row]])

    def _twice_by_id(self) -> None:
        """The same child by student number and by ID number alone."""
        young = [c.code for c in self.cat.codes("grade") if c.group in ("toddler", "preschool")]
        if spot := self._spot(
            "student_roster",
            lambda f: (
                f.grade.isin(young) & f.student_id.str.startswith("G").fillna(False) & f["id_number"].notna()
            ).to_numpy(bool),
        ):
            _, part, row = spot
            self._append(part, part.rows.iloc[[row]].assign(student_id=np.nan))

    def _stranger(self, form: str, school: str) -> None:
        """A person whom nobody knows, at a school of the caller's choice."""
        if not (spot := self._spot(form, lasting=True)):
            return
        _, part, row = spot
        self.strangers += 1
        number = self.turn * 20 + self.strangers
        birth = part.rows.birth_date.to_numpy()[[row]]
        person = part.rows.iloc[[row]].assign(
            school_id=school,
            id_number=identity.id_numbers(np.array([STRANGERS_PLACE]), birth, np.array([number % 1000]))[0],
        )
        if form == "student_roster":
            person = person.assign(student_id="G" + person.id_number)
        else:
            person = person.assign(teacher_id=f"3309{number:09d}")
        self._append(part, person)

    def _unknown_school(self) -> None:
        self._stranger("student_roster", "2133999999")

    def _unknown_school_teacher(self) -> None:
        self._stranger("teacher_roster", "3133999999")

    def _other_unit(self) -> None:
        self._stranger("teacher_roster" if self.round % 2 else "student_roster", self._school_elsewhere("211"))

    def _school_elsewhere(self, kind: str) -> str:
        register = self.outbox.year.short["school_register"]
        other = register[
            (register.unit_code != self.outbox.unit) & (register.school_type == kind) & (register.status == "open")
        ]
        return str(other.school_id.iloc[self.turn % len(other)])

    def _own_school(self, kind: str) -> str | None:
        """An open school of the unit whose register row is in order."""
        spoilt = {p.rows.school_id[row] for _, p in self._parts("school_register") for row in p.set_aside}
        register = self.outbox.year.rows("school_register", self.outbox.unit)
        own = register[(register.school_type == kind) & (register.status == "open") & ~register.school_id.isin(spoilt)]
        return str(own.school_id.iloc[0]) if len(own) else None

    def _not_vocational(self) -> None:
        """A graduate of a vocational school that is a primary school."""
        school = self._own_school("211")
        if school and (spot := self._spot("vocational_graduates")):
            _, part, row = spot
            self._append(
                part,
                part.rows.iloc[[row]].assign(school_id=school, student_id=f"L{331002200001010000 + self.turn:018d}"),
            )

    def _not_senior(self) -> None:
        """Places of a senior school that is a primary school."""
        school = self._own_school("211")
        if school and (spot := self._spot("admission_quota")):
            _, part, row = spot
            self._append(part, part.rows.iloc[[row]].assign(school_id=school))

    # ---- queries --------------------------------------------------------------------------------------------------
    def _ask(self, part: Part, row: int, column: str, cell: Cell, value: Any, check: str) -> None:
        """Something odd that counts as it stands."""
        self._put(part, row, column, cell, check, sets_aside=False)
        values = part.rows[column].to_list()
        values[row] = value
        part.rows = part.rows.assign(**{column: pd.Series(values, dtype=part.rows[column].dtype)})

    def _slipped_pay(self) -> None:
        """Pay in 万元 in a column of yuan."""
        if spot := self._spot("pay"):
            _, part, row = spot
            part.look = replace(part.look, wan=False)
            self._ask(part, row, "teacher_pay", 10.2, 10.2, "cell.implausible")

    def _per_cent(self) -> None:
        """A share instead of the counts that were asked for."""
        shares = {t for t, m in self.cat.reference.declared_targets.items() if m.value_kind == "share"}
        if spot := self._spot(
            "progress_items", lambda f: f["item"].isin(shares).to_numpy() & (f.denominator > 0).to_numpy()
        ):
            _, part, row = spot
            self._ask(part, row, "numerator", "97.2%", 0.972, "cell.implausible")
            self._ask(part, row, "denominator", 1, 1.0, "cell.implausible")

    def _moved(self, months: int, *checks: str) -> None:
        """Another birth date than the one in the ID number; toddlers have no usual age."""
        toddlers = [c.code for c in self.cat.codes("grade") if c.group == "toddler"]
        if spot := self._spot(
            "student_roster",
            lambda f: f.student_id.str.startswith("G", na=False).to_numpy(bool) & ~f.grade.isin(toddlers).to_numpy(),
        ):
            _, part, row = spot
            day = (part.rows.birth_date[row] - pd.DateOffset(months=months)).normalize()
            if day.year <= 1990:
                return
            for check in checks:
                self._ask(part, row, "birth_date", day.date().isoformat(), day, check)

    def _other_birth_date(self) -> None:
        self._moved(2, "id.birth_date")

    def _wrong_age(self) -> None:
        self._moved(72, "id.birth_date", "row.age_for_grade")

    def _other_document(self) -> None:
        """A 15-digit number from before 1999."""
        if spot := self._spot("teacher_roster", lambda f: f["id_number"].notna().to_numpy()):
            _, part, row = spot
            old = part.rows.id_number[row][:6] + part.rows.birth_date[row].strftime("%y%m%d") + "001"
            self._ask(part, row, "id_number", old, old, "id.other_document")

    def _grade_of_another_stage(self) -> None:
        """A pupil of the first year of primary school in a senior school."""
        seniors = self._schools_of("342")
        if spot := self._spot("student_roster", lambda f: f.school_id.isin(seniors).to_numpy(), lasting=True):
            _, part, row = spot
            self._ask(part, row, "grade", "P1", "P1", "row.grade_of_type")

    def _another_year(self) -> None:
        """A title that names another school year; alone in its document, the table counts."""
        for draft, part in self._parts("school_practice"):
            if draft.is_single and part.sheet == "Sheet1":
                part.title = "2016学年学校规范办学情况"
                part.look = replace(part.look, title=True)
                part.planted.append(Planted("document.other_year"))
                return

    def _figures_apart(self) -> None:
        """A sheet of figures without headings behind the table."""
        rows: list[list[Cell]] = [[f"第{n}校", n * 11, n * 7, n * 3] for n in range(1, 5)]
        for form in ("school_conditions", "school_connectivity", "vocational_staffing", "school_practice"):
            for draft, part in self._parts(form):
                if draft.kind not in writers.ONE_SHEET and not draft.loose and not part.look.twists:
                    draft.loose.append(Table("Sheet9", rows))
                    draft.asked.append("document.unread")
                    return

    def _bad_byte(self) -> None:
        """A byte that fits no encoding, in somebody's name."""
        for form in ("teacher_roster", "student_roster"):
            for draft, part, row in self._spots(form, writers.DELIMITED):
                if draft.encoding in ("utf-8", "utf-8-sig", "gb18030"):
                    part.overrides[row, "name"] = f"{part.rows['name'][row]}{writers.BAD_BYTE}"
                    draft.asked.append("document.bad_bytes")
                    return

    def _only_changed_rows(self) -> None:
        """A correction that holds only the rows that changed: the rest of the school is gone."""
        for draft, part in self._parts("student_roster"):
            sizes = part.rows.school_id.value_counts()
            if draft.is_single and len(sizes) and sizes.iloc[0] >= 10 and not part.planted:
                few = part.rows[part.rows.school_id == sizes.index[0]].head(3).reset_index(drop=True)
                contract = self.cat.contracts[part.form]
                later = Part(part.form, few, layout.PLAIN, planted=[Planted("document.shrinks")])
                path = self.outbox.path("{form}" + self.cat.data["wording"]["corrected"], "xlsx", form=contract.name_zh)
                self.drafts.append(self._draft(path, self._after(draft), [later], "only_changed_rows"))
                draft.features.add("superseded")
                return

    def _wrong_total(self) -> None:
        """A total that does not add up."""
        for form in (
            "admission_quota",
            "disabled_children",
            "school_conditions",
            "kindergarten_projects",
            "overseas_students",
            "teacher_roster",
        ):
            able = [
                p for _, p in self._parts(form) if not (p.overrides or p.look.twists or p.longer) and len(p.rows) > 1
            ]
            if able and self.rng.random() < 0.6:
                able[0].look = replace(able[0].look, totals="below", wrong_total=True)
                return

    # ---- documents ------------------------------------------------------------------------------------------------
    def _draft(self, path: str, when: dt.datetime, parts: list[Part], feature: str, **more: Any) -> Draft:
        return Draft(
            self.outbox.year.collection_id, self.outbox.unit, path, "xlsx", when, parts, features={feature}, **more
        )

    def _after(self, draft: Draft) -> dt.datetime:
        return max([draft.when, *(when for _, when in draft.copies)]) + dt.timedelta(days=4, minutes=self.turn)

    def _raw(self, name: str, body: bytes, check: str = "document.unreadable") -> None:
        stem, _, suffix = name.rpartition(".")
        when = self.outbox.in_time([self.cat.contracts["school_register"]])
        self.drafts.append(
            self._draft(self.outbox.path(stem, f".{suffix}"), when, [], stem, raw=body, reject_check=check)
        )

    def _missing_part(self) -> tuple[Draft, Part] | None:
        """A table without one of its required columns."""
        missing = self.cat.data["faults"]["missing"]
        able = [(d, p) for form in missing for d, p in self._parts(form)]
        if not able:
            return None
        draft, part = able[int(self.rng.integers(len(able)))]
        column = missing[part.form]
        look = replace(layout.PLAIN, left_out=column)
        return draft, Part(
            part.form,
            part.rows.copy(),
            look,
            "Sheet1",
            planted=[Planted("document.missing_column", column)],
            is_rejected=True,
        )

    def _missing_column(self) -> None:
        if found := self._missing_part():
            draft, part = found
            path = self.outbox.path("{form}（缺列）", "xlsx", form=self.cat.contracts[part.form].name_zh)
            self.drafts.append(self._draft(path, self._after(draft), [part], "missing_column"))

    def _missing_column_of_one_sheet(self) -> None:
        """One sheet of a workbook cannot be used; the other one can."""
        found = self._missing_part()
        good = [(d, p) for d, p in self._parts("school_practice") if not p.planted]
        if found and good and found[1].form != "school_practice":
            draft, part = found
            other, fine = good[0]
            part.sheet = "表1"
            again = Part(fine.form, fine.rows.copy(), layout.PLAIN, "表2")
            path = self.outbox.path("两张表", "xlsx")
            self.drafts.append(
                self._draft(
                    path, max(self._after(draft), self._after(other)), [part, again], "missing_column_of_one_sheet"
                )
            )

    def _masked_copy(self) -> None:
        """A sheet of a feedback workbook, copied into a new one: who stands in it is masked."""
        for draft, part in self._parts("teacher_roster"):
            count = min(4, len(part.rows))
            copy = self._again(part, part.rows.head(count), "document.masked_copy")
            copy.overrides = {(row, "name"): "（不显示）" for row in range(count)}
            self._send_again(draft, copy, "更正", "masked_copy")
            return

    def _strange_unit(self) -> None:
        """Figures in a unit that nobody knows here."""
        for draft, part in self._parts("school_conditions"):
            column = "equipment_value"
            copy = self._again(part, part.rows, "document.unit", column)
            copy.look = replace(copy.look, unit_words={column: "（美元）"})
            self._send_again(draft, copy, "折算", "strange_unit")
            return

    def _emptying(self) -> None:
        """One school's row again, without a column that held something before."""
        for form in ("school_connectivity", "school_practice", "school_conditions"):
            for draft, part in self._parts(form):
                optional = [c.name for c in self.cat.contracts[form].columns if not c.required]
                held = [name for name in optional if pd.notna(part.rows[name][0]) and (0, name) not in part.overrides]
                if len(held) > 1 and 0 not in part.set_aside and "superseded" not in draft.features:
                    copy = self._again(part, part.rows.head(1), "document.empties")
                    copy.look = replace(copy.look, left_out=held[-1])
                    self._send_again(draft, copy, "补", "emptying")
                    return

    def _again(self, part: Part, rows: pd.DataFrame, check: str, column: str | None = None) -> Part:
        """Rows of a table once more, in a sheet that will be set aside."""
        return Part(
            part.form, rows.reset_index(drop=True), layout.PLAIN, planted=[Planted(check, column)], is_rejected=True
        )

    def _send_again(self, draft: Draft, part: Part, word: str, feature: str) -> None:
        path = self.outbox.path(f"{{form}}（{word}）", "xlsx", form=self.cat.contracts[part.form].name_zh)
        self.drafts.append(self._draft(path, self._after(draft), [part], feature))

    def _future(self) -> None:
        """A clock that is wrong: the only document of its form was written in a year to come."""
        for draft in self.drafts:
            others = {p.form for d in self.drafts if d is not draft for p in d.parts}
            forms = {p.form for p in draft.parts if not p.is_rejected}
            if forms and not forms & others and draft.archive is None and not draft.copies:
                draft.when = FUTURE
                draft.asked.append("document.future")
                return

    def _statistics(self) -> None:
        """The ministry's own statistics workbook."""
        rows: list[list[Cell]] = [
            ["表 号：基础基211"],
            ["学校标识码", "学校名称", "在校生数"],
            [self.turn, "甲小学", 420],
        ]
        self._raw("统计报表.xlsx", writers.write("xlsx", [Table("基础基211", rows)]), "document.official")

    def _no_form(self) -> None:
        letter: list[list[Cell]] = [list(row) for row in self.cat.data["faults"]["letter"]]
        self._raw(
            "说明函.xlsx",
            writers.write("xlsx", [Table("Sheet1", [*letter, [self.outbox.unit]])]),
            "document.unrecognised",
        )

    def _wrong_folder(self) -> None:
        """Another unit's table in this unit's folder."""
        others = [u for u in self.cat.units_of("county") if u != self.outbox.unit]
        rows = (
            self.outbox.year.rows("school_practice", others[self.turn % len(others)]).drop(columns="unit_code").head(4)
        )
        path = self.outbox.path("{form}", "xlsx", form=self.cat.contracts["school_practice"].name_zh)
        when = self.outbox.in_time([self.cat.contracts["school_practice"]])
        self.drafts.append(
            self._draft(
                path, when, [Part("school_practice", rows.reset_index(drop=True), layout.PLAIN)], "wrong_folder"
            )
        )

    def _workbook(self) -> bytes:
        return writers.write(
            "xlsx", [Table("Sheet1", [[c.heading_zh for c in self.cat.contracts["pay"].columns], [self.turn] * 5])]
        )

    def _encrypted(self) -> None:
        self._raw("加密名册.xlsx", unreadable.encrypted(self.rng))

    def _truncated(self) -> None:
        self._raw("名册（最终版）.xlsx", unreadable.truncated(self._workbook()))

    def _pdf(self) -> None:
        self._raw("扫描件.pdf" if self.round % 2 else "扫描件.xlsx", unreadable.pdf(self.rng))

    def _picture(self) -> None:
        self._raw("照片.jpg", unreadable.picture(self.rng))

    def _empty(self) -> None:
        self._raw("空.xlsx", b"")

    def _bomb(self) -> None:
        if self.turn < len(self.cat.units) * 2:
            self._raw("大表.xlsx", unreadable.bomb(self._workbook()))

    def _broken_xls(self) -> None:
        self._raw("损坏.xls", unreadable.broken_xls(self.rng))

    def _nested_archive(self) -> None:
        """A zip in a zip, which is not opened."""
        inner = writers.pack([(f"{self.outbox.unit}.xlsx", self._workbook())])
        draft = self._draft(
            "内层.zip",
            self.outbox.in_time([self.cat.contracts["pay"]]),
            [],
            "nested_archive",
            raw=inner,
            reject_check="document.unreadable",
        )
        draft.archive = self.outbox.path("外层", ".zip")
        self.drafts.append(draft)
