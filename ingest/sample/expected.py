"""What a right reading of a laid-out landing zone must give: which rows are current and accepted, what was delivered, the status
of every document and the issues. Worked out from what was put into the documents, by the rules for versions and checks."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ingest.contracts.contract import Contract
from ingest.sample.catalogue import Catalogue
from ingest.sample.documents import Draft, Part
from ingest.sample.habits import STATUS

VOCATIONAL_FORMS = {"vocational_graduates": "vocational", "admission_quota": "senior"}
RECOGNITIONS = "recognitions"
ISSUE_COLUMNS = [
    "document_id",
    "collection_id",
    "unit_code",
    "path",
    "form",
    "sheet",
    "row_number",
    "column_name",
    "check_id",
]


@dataclass
class Sheet:
    """One table of one form, as it was laid down."""

    part: Part
    sheet_no: int
    row_numbers: np.ndarray
    headings: dict[str, str]
    wrong_totals: list[int]


@dataclass
class Entry:
    """One document of one unit and collection, with every arrival of it."""

    document_id: str
    collection_id: str
    unit_code: str
    kind: str
    arrivals: list[tuple[dt.datetime, str]]
    sheets: list[Sheet]
    reject_check: str | None
    features: set[str]
    size_bytes: int
    hidden_sheet: str | None = None
    asked: tuple[str, ...] = ()
    row_count: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """(SHA-256, collection, unit)."""
        return self.document_id, self.collection_id, self.unit_code

    @property
    def place(self) -> tuple[dt.datetime, str]:
        """Place in time within the unit and collection: the latest arrival."""
        return max(self.arrivals)

    @property
    def is_rejected(self) -> bool:
        """Whether nothing of it can be read: it as a whole, or each of its sheets."""
        return self.reject_check is not None or (bool(self.sheets) and all(s.part.is_rejected for s in self.sheets))

    def readable(self, form: str | None = None) -> list[Sheet]:
        """Its sheets that can be read, of one form where one is named."""
        if self.is_rejected:
            return []
        return [s for s in self.sheets if not s.part.is_rejected and form in (None, s.part.form)]


@dataclass
class Expected:
    """Everything that was laid down. With `keeps_rows` off (large cities) it only counts."""

    cat: Catalogue
    keeps_rows: bool = True
    entries: list[Entry] = field(default_factory=list)
    unplaced: list[tuple[str, str]] = field(default_factory=list)
    droppings: list[str] = field(default_factory=list)
    rows: int = 0

    def add(self, draft: Draft, document_id: str, path: str, size: int, sheets: list[Sheet]) -> None:
        """Takes down a document that has been written; the same bytes again are one more arrival."""
        arrivals = [(draft.when, path), *((when, name) for name, when in draft.copies)]
        known = next((e for e in self._of(draft.collection_id, draft.unit_code) if e.document_id == document_id), None)
        if known:
            known.arrivals += arrivals
            return
        entry = Entry(
            document_id,
            draft.collection_id,
            draft.unit_code,
            draft.kind,
            arrivals,
            sheets,
            draft.reject_check,
            draft.features,
            size,
        )
        entry.hidden_sheet = draft.hidden_sheet.sheet if draft.hidden_sheet else None
        entry.asked = tuple(draft.asked)
        entry.row_count = sum(len(s.row_numbers) for s in sheets)
        for sheet in sheets:
            entry.features |= sheet.part.look.traits()
        self.rows += entry.row_count
        if not self.keeps_rows:
            entry.sheets = []
        self.entries.append(entry)

    def _of(self, collection: str, unit: str) -> Iterator[Entry]:
        """The entries of a unit and collection; the latest stand at the end."""
        for entry in reversed(self.entries):
            if (entry.collection_id, entry.unit_code) != (collection, unit):
                return
            yield entry

    @functools.cached_property
    def order(self) -> dict[tuple[str, str, str], int]:
        """Place of every document among all, by unit and time."""
        ordered = sorted(self.entries, key=lambda e: (e.collection_id, e.unit_code, e.place))
        return {entry.key: order for order, entry in enumerate(ordered)}

    @functools.cached_property
    def _sheets(self) -> list[tuple[Entry, Sheet]]:
        """Every sheet that can be read, with its document."""
        return [(entry, sheet) for entry in self.entries for sheet in entry.readable()]

    # ---- what counts ----------------------------------------------------------------------------------------------
    @functools.cached_property
    def cells(self) -> pd.DataFrame:
        """Every row that can be read, with its place, its school and whether it is current and accepted."""
        frames = [
            _places(self.cat.contracts[sheet.part.form], entry, sheet).assign(
                order=self.order[entry.key], sheet_key=number
            )
            for number, (entry, sheet) in enumerate(self._sheets)
        ]
        out = pd.concat(frames, ignore_index=True)
        out["is_current"] = self._current(out)
        out["row_checks"] = self._across(out)
        out["is_accepted"] = ~out.is_set_aside & (out.row_checks == "")
        return out

    def _current(self, cells: pd.DataFrame) -> pd.Series:
        """A row is current unless a later document names its school (or, by unit, has rows of the form)."""
        by_school = cells.form.map({f: c.replacement_scope == "school" for f, c in self.cat.contracts.items()}).astype(
            bool
        )
        named = by_school & (self._owner(cells) == cells.unit_code)
        group = (
            cells.form
            + "|"
            + cells.collection_id
            + "|"
            + cells.unit_code
            + "|"
            + cells.school_id.where(by_school, "").fillna("")
        )
        newest = cells.groupby(group).order.transform("max")
        return (cells.order == newest) | (by_school & ~named)

    @functools.cached_property
    def owners(self) -> dict[tuple[str, str], str]:
        """Unit of every known school of a collection: by any register row that arrived, else by the collection before."""
        out: dict[tuple[str, str], str] = {}
        before: dict[str, str] = {}
        for collection in self.cat.reference.collections:
            arrived: dict[str, str] = {}
            for entry in (e for e in self.entries if e.collection_id == collection):
                for sheet in entry.readable("school_register"):
                    arrived |= dict.fromkeys(sheet.part.rows.school_id.dropna(), entry.unit_code)
            units = set(arrived.values())
            now = arrived | {
                school: unit for school, unit in before.items() if unit not in units and school not in arrived
            }
            out |= {(collection, school): unit for school, unit in now.items()}
            before = arrived
        return out

    def _owner(self, cells: pd.DataFrame) -> pd.Series:
        keys = zip(cells.collection_id, cells.school_id, strict=True)
        return pd.Series([self.owners.get(key, "") for key in keys], index=cells.index, dtype=object)

    def _across(self, cells: pd.DataFrame) -> pd.Series:
        """Errors that need other documents: unknown schools, schools of other units, wrong types, keys that stand twice."""
        owner = self._owner(cells)
        checks = pd.Series("", index=cells.index, dtype=object)
        asks = cells.form.map(
            {
                f: f not in (RECOGNITIONS, "school_register") and any(x.name == "school_id" for x in c.columns)
                for f, c in self.cat.contracts.items()
            }
        ).astype(bool)
        given = asks & cells.school_id.notna()
        checks[given & (owner == "")] = "row.unknown_school"
        checks[given & (owner != "") & (owner != cells.unit_code)] = "row.other_unit"
        types = self._school_types(cells)
        kinds = self.cat.group("school_type")
        for form, group in VOCATIONAL_FORMS.items():
            kind = pd.Series(
                [types.get(key, "") for key in zip(cells.collection_id, cells.school_id, strict=True)],
                index=cells.index,
            ).map(kinds)
            checks[(cells.form == form) & kind.notna() & (kind != group) & (checks == "")] = "row.rule"
        good = cells[cells.is_current & ~cells.is_set_aside & (checks == "") & cells.key.notna()]
        order = good.sort_values(["order", "sheet_no", "row_number"], kind="stable")
        doubled = order.duplicated(["collection_id", "unit_code", "form", "key", "is_counted"], keep="first")
        checks[order.index[doubled]] = "row.duplicate"
        return checks

    def _school_types(self, cells: pd.DataFrame) -> dict[tuple[str, str], str]:
        """Type of every school by its accepted register row."""
        own = cells[(cells.form == "school_register") & cells.is_current & ~cells.is_set_aside]
        return dict(zip(zip(own.collection_id, own.school_id, strict=True), own.school_type, strict=True))

    # ---- answers --------------------------------------------------------------------------------------------------
    @functools.cached_property
    def truth(self) -> dict[str, pd.DataFrame]:
        """The current, accepted rows of every form: collection_id, unit_code, document_id and the form's columns."""
        used = self.cells[self.cells.is_current & self.cells.is_accepted & self.cells.is_counted]
        out: dict[str, list[pd.DataFrame]] = {form: [] for form in self.cat.contracts}
        for number, rows in used.groupby("sheet_key", sort=False):
            entry, sheet = self._sheets[int(str(number))]
            frame = sheet.part.rows.iloc[rows.position.to_numpy()].rename(columns={"unit_code": "area_unit_code"})
            for place, name in enumerate(("collection_id", "unit_code", "document_id")):
                frame.insert(place, name, getattr(entry, name))
            out[sheet.part.form].append(frame)
        return {
            form: pd.concat(frames, ignore_index=True) if frames else self._empty(form) for form, frames in out.items()
        }

    def _empty(self, form: str) -> pd.DataFrame:
        names = [c.name.replace("unit_code", "area_unit_code") for c in self.cat.contracts[form].columns]
        return pd.DataFrame(columns=["collection_id", "unit_code", "document_id", *names])

    @functools.cached_property
    def received(self) -> set[tuple[str, str, str]]:
        """(collection, unit, form) that arrived with an accepted row, or as an accepted sheet with headings only."""
        used = self.cells[self.cells.is_current & self.cells.is_accepted]
        out = set(used[["collection_id", "unit_code", "form"]].drop_duplicates().itertuples(index=False, name=None))
        for entry in self.entries:
            out |= {
                (entry.collection_id, entry.unit_code, s.part.form) for s in entry.readable() if not len(s.part.rows)
            }
        return out

    @functools.cached_property
    def mentioned(self) -> set[tuple[str, str, str, str]]:
        """(collection, unit, form, school) with an accepted row, whether its person counts or not."""
        used = self.cells[self.cells.is_current & self.cells.is_accepted & self.cells.school_id.notna()]
        where = used[["collection_id", "unit_code", "form", "school_id"]].drop_duplicates()
        return set(where.itertuples(index=False, name=None))

    @functools.cached_property
    def documents(self) -> pd.DataFrame:
        """Status and counts of every document."""
        key = ["document_id", "collection_id", "unit_code"]
        grouped = self.cells.groupby(key)
        counts = grouped.agg(read=("position", "size"), current=("is_current", "sum"), accepted=("is_accepted", "sum"))
        aside = self.cells[self.cells.is_accepted & ~self.cells.is_counted].groupby(key).size()
        known: dict[Any, dict[Any, int]] = counts.to_dict("index")
        records = []
        for entry in self.entries:
            own = known.get(entry.key, {"read": 0, "current": 0, "accepted": 0})
            status = (
                "rejected" if entry.is_rejected else "replaced" if own["read"] and not own["current"] else "accepted"
            )
            read = own["read"] + sum(len(s.part.rows) for s in entry.sheets if s.part.is_rejected)
            counted = {"rows_read": read, "rows_accepted": own["accepted"], "rows_quarantined": read - own["accepted"]}
            counted["rows_not_counted"] = int(aside.get(entry.key, 0))
            named = dict(zip(key, entry.key, strict=True))
            records.append({**named, "path": entry.place[1], "kind": entry.kind, "status": status, **counted})
        return pd.DataFrame(records)

    @functools.cached_property
    def issues(self) -> pd.DataFrame:
        """Errors, fatal faults and planted queries of documents that are not replaced."""
        replaced = {
            (d["document_id"], d["collection_id"], d["unit_code"])
            for d in self.documents.to_dict("records")
            if d["status"] == "replaced"
        }
        records: list[tuple[Any, ...]] = []
        for entry in self.entries:
            records += [(*entry.key, entry.place[1], *issue) for issue in _issues_of(entry)]
        told = (self.cells.row_checks != "") & (self.cells.is_current | (self.cells.row_checks != "row.duplicate"))
        for row in self.cells[told].to_dict("records"):
            entry, sheet = self._sheets[row["sheet_key"]]
            by_key = row["row_checks"] == "row.duplicate"
            column = self.cat.contracts[row["form"]].key[0] if by_key else "school_id"
            where = (entry.place[1], row["form"], sheet.part.sheet, int(row["row_number"]))
            records.append((*entry.key, *where, column, row["row_checks"]))
        out = pd.DataFrame([r for r in records if r[:3] not in replaced], columns=ISSUE_COLUMNS).drop_duplicates()
        out["row_number"] = out.row_number.astype("Int64")
        out["severity"] = out.check_id.map({check: c.severity for check, c in self.cat.reference.checks.items()})
        return out.reset_index(drop=True)


def _places(contract: Contract, entry: Entry, sheet: Sheet) -> pd.DataFrame:
    """Where the rows of a sheet stand, with what identifies them."""
    rows = sheet.part.rows
    out = pd.DataFrame({"position": np.arange(len(rows)), "row_number": sheet.row_numbers})
    out["document_id"], out["collection_id"], out["unit_code"] = entry.document_id, entry.collection_id, entry.unit_code
    out["form"], out["sheet_no"] = contract.form, sheet.sheet_no
    out["school_id"] = rows.school_id.to_numpy(object) if "school_id" in rows else None
    out["school_type"] = rows.school_type.to_numpy(object) if "school_type" in rows else None
    out["key"] = key_of(contract, rows)
    out["is_counted"] = rows[STATUS[contract.form]].isna().to_numpy() if contract.form in STATUS else True
    out["is_set_aside"] = np.isin(out.position, list(sheet.part.set_aside))
    return out


def key_of(contract: Contract, rows: pd.DataFrame) -> np.ndarray:
    """The key of every row as one text; a person's without a number of their own is the ID number."""
    if contract.key == ("student_id",):
        student = rows.student_id.astype(object).where(
            rows.student_id.notna(), "G" + rows["id_number"].astype(object) if "id_number" in rows else None
        )
        return student.to_numpy(object)
    if contract.key == ("teacher_id",):
        return rows.teacher_id.astype(object).where(rows.teacher_id.notna(), rows["id_number"]).to_numpy(object)
    parts = [rows[name].astype(object).map(normal) for name in contract.key]
    if any(part.isna().any() for part in parts):
        return np.array(
            [None if any(v is None for v in values) else "|".join(values) for values in zip(*parts, strict=True)],
            dtype=object,
        )
    return np.array(["|".join(values) for values in zip(*parts, strict=True)], dtype=object)


def normal(value: object) -> str | None:
    """Text as keys are compared: NFKC, spaces collapsed."""
    import unicodedata

    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    return " ".join(unicodedata.normalize("NFKC", str(value)).split())


def _issues_of(entry: Entry) -> Iterator[tuple[str | None, str | None, int | None, str | None, str]]:
    """What was put into a document: form, sheet, row, column, check."""
    if entry.reject_check:
        yield None, None, None, None, entry.reject_check
    if entry.hidden_sheet and not entry.reject_check:
        yield None, entry.hidden_sheet, None, None, "document.hidden_sheet"
    for check in entry.asked if not entry.reject_check else ():
        yield None, None, None, None, check
    for sheet in entry.sheets:
        part = sheet.part
        if not part.is_rejected and not len(part.rows):
            yield part.form, part.sheet, None, None, "document.no_rows"
        for planted in part.planted:
            row = None if planted.row is None else int(sheet.row_numbers[planted.row])
            yield part.form, part.sheet, row, planted.column, planted.check_id
        if part.look.unknown_column and not part.is_rejected:
            yield part.form, part.sheet, None, part.look.unknown_column, "document.unknown_column"
        if not part.is_rejected:
            for number in sheet.wrong_totals:
                yield part.form, part.sheet, number, None, "table.total"
