"""Which documents a unit sends in a collection: how its rows are split over files and sheets, under which names and when,
what is sent twice, corrected, packed into archives, late, or not at all. Nothing here is wrong yet; `faults` sees to that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ingest.contracts.contract import Contract
from ingest.reference import Collection
from ingest.sample import layout, national
from ingest.sample.catalogue import Catalogue, pick
from ingest.sample.city import Year
from ingest.sample.layout import Look, Overrides, Table
from ingest.sample.writers import ONE_SHEET, SUFFIXES

NATIONAL_KINDS = ("xlsx", "xls", "html", "csv")
LOCAL = dt.timezone(dt.timedelta(hours=8))
ALTERED = ("fitness_grade", "degree", "destination", "boarding")
KEPT = ("year", "graduation_year")


@dataclass(frozen=True)
class Planted:
    """A fault put into a document on purpose; `row` is the position in the part, None for the whole sheet."""

    check_id: str
    column: str | None = None
    row: int | None = None
    sets_aside: bool = True


@dataclass
class Part:
    """One table of one form in a document: what it says, how it looks, what is wrong with it.

    `title` stands instead of the usual one; `longer` are rows with more cells than there are headings.
    """

    form: str
    rows: pd.DataFrame
    look: Look
    sheet: str = "Sheet1"
    overrides: Overrides = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)
    is_rejected: bool = False
    title: str | None = None
    longer: set[int] = field(default_factory=set)

    @property
    def set_aside(self) -> set[int]:
        """The rows (from 0) that readers have to set aside."""
        return {p.row for p in self.planted if p.row is not None and p.sets_aside}


@dataclass
class Draft:
    """A document before it is written. `raw` holds the bytes of one that is no table at all.

    `loose` are sheets of no form behind the others; `asked` are queries about the document as a whole.
    """

    collection_id: str
    unit_code: str
    path: str
    kind: str
    when: dt.datetime
    parts: list[Part]
    encoding: str = "utf-8"
    has_cover: bool = False
    hidden_sheet: Part | None = None
    copies: list[tuple[str, dt.datetime]] = field(default_factory=list)
    archive: str | None = None
    raw: bytes | None = None
    reject_check: str | None = None
    loose: list[Table] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    features: set[str] = field(default_factory=set)

    @property
    def is_single(self) -> bool:
        """Whether it is one table and nothing else."""
        return len(self.parts) == 1 and self.raw is None


@dataclass
class UnitOutbox:
    """What one unit has to send in one collection, and the means to write it up."""

    cat: Catalogue
    year: Year
    unit: str
    rng: np.random.Generator
    previous: Year | None = None
    names: set[str] = field(default_factory=set)

    @property
    def collection(self) -> Collection:
        """The collection that it reports for."""
        return self.cat.reference.collections[self.year.collection_id]

    @property
    def turn(self) -> int:
        """A number that no other unit has in any collection."""
        years = [c.collection_id for c in self.cat.collections]
        return years.index(self.year.collection_id) * len(self.cat.units) + list(self.cat.units).index(self.unit)

    @property
    def forms(self) -> list[Contract]:
        """Contracts of the forms that this kind of unit sends."""
        kind = self.cat.units[self.unit].kind
        return [c for c in self.cat.contracts.values() if kind in c.suppliers]

    def drawn(self, name: str) -> bool:
        """Whether a habit shows this time, by the share that the data file gives it."""
        return bool(self.rng.random() < self.cat.data["messy"][name])

    # ---- names and times ------------------------------------------------------------------------------------------
    def path(self, template: str, kind: str, folder: str | None = None, **words: str) -> str:
        """A path below the unit's folder that is not taken yet."""
        wording = self.cat.data["wording"]
        where = str(self.rng.choice(wording["folders"])) if folder is None else folder
        unit = self.cat.units[self.unit].name_zh
        stem = (
            template.format(unit=unit, n=len(self.names) + 1, **{"form": "", "tail": "", **words})
            .replace("/", "")
            .strip("-")
        )
        base = "/".join(
            filter(None, [self.year.collection_id, self.unit, where.format(school_year=self.collection.school_year)])
        )
        name = f"{base}/{stem}{SUFFIXES.get(kind, kind)}"
        while name in self.names:
            name = f"{base}/{stem}-{len(self.names)}{SUFFIXES.get(kind, kind)}"
        self.names.add(name)
        return name

    def moment(self, first: dt.date, last: dt.date) -> dt.datetime:
        """Some time in office hours between two days."""
        days = max(0, (last - first).days)
        day = first + dt.timedelta(days=int(self.rng.integers(0, days + 1)))
        return dt.datetime(day.year, day.month, day.day, 8, tzinfo=LOCAL) + dt.timedelta(
            seconds=int(self.rng.integers(0, 36000))
        )

    def in_time(self, contracts: list[Contract]) -> dt.datetime:
        """A time by which forms of this kind usually come in."""
        c = self.collection
        if any(contract.due == "year_end_due_on" for contract in contracts):
            return self.moment(c.as_of_date + dt.timedelta(days=2), c.year_end_due_on - dt.timedelta(days=8))
        return self.moment(c.opens_on + dt.timedelta(days=5), c.due_on - dt.timedelta(days=12))

    def title(self, contract: Contract) -> str:
        """What stands above the table of a form."""
        wording = self.cat.data["wording"]
        template = wording["city_title"] if self.unit == self.cat.municipal else wording["title"]
        unit = self.cat.units[self.unit].name_zh
        return str(
            template.format(
                unit=unit, year=self.collection.name_zh, form=contract.name_zh, label=self.cat.data["label_short"]
            )
        )

    # ---- tidy -----------------------------------------------------------------------------------------------------
    def tidy(self) -> list[Draft]:
        """One tidy workbook a form."""
        drafts = []
        for contract in self.forms:
            part = Part(contract.form, self.rows(contract.form), Look(), contract.name_zh)
            path = self.path("{form}", "xlsx", "", form=contract.name_zh)
            drafts.append(Draft(self.year.collection_id, self.unit, path, "xlsx", self.in_time([contract]), [part]))
        return drafts

    # ---- national -------------------------------------------------------------------------------------------------
    def national(self) -> list[Draft]:
        """The register and the rosters as the national systems export them; tidy workbooks for all other forms."""
        drafts: list[Draft] = []
        for draft in self.tidy():
            part = draft.parts[0]
            layouts = self._national_parts(part) if len(part.rows) else []
            for name, rows in layouts:
                kind = NATIONAL_KINDS[(self.turn + len(drafts)) % len(NATIONAL_KINDS)]
                path = self.path(f"{{form}}（{name}）", kind, "", form=part.sheet)
                parts = [Part(part.form, rows.reset_index(drop=True), Look(title=False, national=name), part.sheet)]
                drafts.append(replace(draft, path=path, kind=kind, parts=parts, features={f"national_{name}"}))
            drafts += [] if layouts else [draft]
        return drafts

    def _national_parts(self, part: Part) -> list[tuple[str, pd.DataFrame]]:
        """Layouts and rows: pupils whom the import template can hold apart from the others."""
        if part.form != "student_roster":
            return [(name, part.rows) for name in national.words()["layouts"].get(part.form, ())]
        by_school = part.rows.groupby("school_id")
        able = part.rows.school_id.map({s: national.goes_without_numbers(rows) for s, rows in by_school}).astype(bool)
        halves = [("import", part.rows[able]), ("card" if self.turn % 2 else "export", part.rows[~able])]
        return [(name, rows) for name, rows in halves if len(rows)]

    def rows(self, form: str) -> pd.DataFrame:
        """The true rows, in the columns of the form."""
        return as_form(self.year.rows(form, self.unit))

    # ---- messy ----------------------------------------------------------------------------------------------------
    def messy(self) -> list[Draft]:
        """The documents as units really send them; nothing in them is wrong."""
        drafts = []
        returns = []
        for contract in self.forms:
            rows = self.rows(contract.form)
            if contract.form != "school_register" and self.drawn("not_sent"):
                continue
            if self.drawn("nothing_to_report") and contract.form not in (
                "school_register",
                "student_roster",
                "teacher_roster",
            ):
                rows = rows.iloc[:0]
            if contract.covers and len(rows) > 2 and self.drawn("school_forgotten"):
                rows = rows[rows.school_id != self.rng.choice(rows.school_id)].reset_index(drop=True)
            if contract.form in ("student_roster", "teacher_roster") and len(rows):
                drafts += self._rosters(contract, rows)
            else:
                returns.append((contract, rows))
        drafts += self._returns(returns)
        self._pack(drafts)
        drafts += self._last_year_first(drafts) + self._corrections(drafts)
        for draft in drafts:
            self._dress(draft)
        self._send_copies(drafts)
        return drafts

    def _rosters(self, contract: Contract, rows: pd.DataFrame) -> list[Draft]:
        """A roster in one file, one a school, one for several schools, or a sheet a school; never a school in two files."""
        mode = str(pick(self.rng, self.cat.data["roster_modes"], 1)[0])
        most = self.cat.data["rows_per_document"]["most"]
        schools = [part for _, part in rows.groupby("school_id", sort=False)]
        few = len(rows) < self.cat.data["rows_per_document"]["worth_a_file"] * len(schools)
        if mode == "per_school" and few and self.rng.random() < 0.7:
            mode = "groups"
        size = {"whole": most, "per_school": 0, "groups": max(200, len(rows) // 4), "sheets": most}[mode]
        batches: list[list[pd.DataFrame]] = []
        count = 0
        for school in schools:
            if not batches or count + len(school) > size or (mode == "sheets" and len(batches[-1]) >= 30):
                batches.append([])
                count = 0
            batches[-1].append(school)
            count += len(school)
        return [self._roster(contract, batch, mode) for batch in batches]

    def _roster(self, contract: Contract, schools: list[pd.DataFrame], mode: str) -> Draft:
        """One document of a roster."""
        several = mode == "sheets" and len(schools) > 1
        count = sum(len(s) for s in schools)
        kind = self.kind(count, several)
        frames = schools if several else [pd.concat(schools, ignore_index=True)]
        parts = []
        for number, frame in enumerate(frames):
            sheet = (
                f"{number + 1}{contract.name_zh[:2]}" if several else str(self.rng.choice([contract.name_zh, "Sheet1"]))
            )
            parts.append(Part(contract.form, frame.reset_index(drop=True), self.look(contract, kind), sheet))
        tail = f"第{len(self.names) + 1}批" if len(schools) > 1 else f"{schools[0].school_id.iloc[0]}"
        path = self.path(
            str(self.rng.choice(self.cat.data["wording"]["names"])), kind, form=contract.name_zh, tail=tail
        )
        draft = Draft(self.year.collection_id, self.unit, path, kind, self.in_time([contract]), parts, self.encoding())
        draft.features |= {f"roster_{mode}"} | ({"sheet_a_school"} if several else set())
        return draft

    def _returns(self, returns: list[tuple[Contract, pd.DataFrame]]) -> list[Draft]:
        """Returns and registers: one document each, or several in one workbook."""
        drafts: list[Draft] = []
        together = [r for r in returns if self.rng.random() < 0.6] if self.drawn("combined") else []
        together = together if len(together) > 1 else []
        for contract, rows in returns:
            if not any(contract is c for c, _ in together):
                kind = self.kind(len(rows), False)
                part = Part(
                    contract.form, rows, self.look(contract, kind), str(self.rng.choice([contract.name_zh, "Sheet1"]))
                )
                path = self.path(str(self.rng.choice(self.cat.data["wording"]["names"])), kind, form=contract.name_zh)
                drafts.append(
                    Draft(
                        self.year.collection_id,
                        self.unit,
                        path,
                        kind,
                        self.in_time([contract]),
                        [part],
                        self.encoding(),
                    )
                )
        if together:
            kind = self.kind(max(len(rows) for _, rows in together), True)
            parts = [Part(c.form, rows, self.look(c, kind), f"表{n + 1}") for n, (c, rows) in enumerate(together)]
            path = self.path(self.cat.data["wording"]["workbook"], kind)
            drafts.append(
                Draft(
                    self.year.collection_id,
                    self.unit,
                    path,
                    kind,
                    self.in_time([c for c, _ in together]),
                    parts,
                    self.encoding(),
                )
            )
            drafts[-1].features.add("several_forms")
        return drafts

    def kind(self, count: int, several: bool) -> str:
        """A file format that can take as many rows and sheets."""
        formats = self.cat.data["large_formats" if count > self.cat.data["rows_per_document"]["small"] else "formats"]
        able = {name: share for name, share in formats.items() if not several or name not in ONE_SHEET}
        return str(pick(self.rng, able, 1)[0])

    def look(self, contract: Contract, kind: str) -> Look:
        """How the table of a form looks this time, as messy offices have it."""
        return layout.messy_look(self.cat, self.rng, contract, kind)

    def encoding(self) -> str:
        """The encoding of a text file, drawn again each time."""
        return str(self.rng.choice(self.cat.data["encodings"]))

    def _pack(self, drafts: list[Draft]) -> None:
        """Puts some documents into an archive, whose time then holds for all of them."""
        if not self.drawn("zipped") or len(drafts) < 4:
            return
        chosen = [
            drafts[int(i)]
            for i in self.rng.choice(len(drafts), min(int(self.rng.integers(2, 5)), len(drafts)), replace=False)
        ]
        archive = self.path(self.cat.data["wording"]["archive"], ".zip")
        when = max(d.when for d in chosen)
        for draft in chosen:
            draft.archive, draft.when = archive, when
            draft.path = draft.path.split("/", 2)[2]
            draft.features.add("zipped")

    def _last_year_first(self, drafts: list[Draft]) -> list[Draft]:
        """Somebody first sends last year's figures of schools; the right ones then take their place."""
        able = [
            d
            for d in drafts
            if d.is_single
            and d.parts[0].form in ("school_conditions", "school_connectivity", "school_practice")
            and len(d.parts[0].rows)
        ]
        if self.previous is None or not able or not self.drawn("last_year_first"):
            return []
        right = able[int(self.rng.integers(len(able)))]
        form = right.parts[0].form
        rows = as_form(self.previous.rows(form, self.unit))
        rows = rows[rows.school_id.isin(right.parts[0].rows.school_id)].reset_index(drop=True)
        kind = self.kind(len(rows), False)
        contract = self.cat.contracts[form]
        part = Part(form, rows, self.look(contract, kind))
        right.parts[0].look = replace(right.parts[0].look, blank_columns_left_out=False)
        path = self.path("{form}" + self.cat.data["wording"]["last_year"], kind, form=contract.name_zh)
        when = min(
            right.when - dt.timedelta(days=1),
            dt.datetime.combine(self.collection.opens_on, dt.time(9), LOCAL) + dt.timedelta(days=3),
        )
        return [
            Draft(
                self.year.collection_id,
                self.unit,
                path,
                kind,
                when,
                [part],
                self.encoding(),
                features={"last_year_first"},
            )
        ]

    def _corrections(self, drafts: list[Draft]) -> list[Draft]:
        """For some documents what was sent first is out of date: it is altered, and a later document brings the truth."""
        out = []
        for draft in [
            d for d in drafts if d.is_single and "last_year_first" not in d.features and len(d.parts[0].rows) > 1
        ]:
            if self.rng.random() < self.cat.data["messy"]["corrected"] / 4:
                out += self._correct(draft)
        return out

    def _correct(self, draft: Draft) -> list[Draft]:
        part = draft.parts[0]
        contract = self.cat.contracts[part.form]
        true = part.rows
        if contract.replacement_scope == "school":
            schools = true.school_id.unique()
            again = self.rng.choice(schools, max(1, int(len(schools) * 0.4)), replace=False)
            changed = true.school_id.isin(again).to_numpy()
        else:
            changed = np.ones(len(true), bool)
        part.rows = altered(contract, true, changed, self.rng)
        kind = self.kind(int(changed.sum()), False)
        path = self.path("{form}" + self.cat.data["wording"]["corrected"], kind, form=contract.name_zh)
        when = draft.when + dt.timedelta(days=int(self.rng.integers(2, 8)), seconds=int(self.rng.integers(0, 7000)))
        look = replace(
            self.look(contract, kind), blank_columns_left_out=False
        )  # what the earlier one had must not be missing
        later = Part(part.form, true[changed].reset_index(drop=True), look)
        correction = Draft(
            self.year.collection_id, self.unit, path, kind, when, [later], self.encoding(), features={"correction"}
        )
        draft.features.add("superseded")
        if self.drawn("resent") and draft.archive is None:
            draft.copies.append(
                (
                    self.path(
                        "{form}", SUFFIXES[draft.kind], self.cat.data["wording"]["copies"], form=contract.name_zh
                    ),
                    when + dt.timedelta(hours=26),
                )
            )
            draft.features.add("resent")
            correction.features.add("superseded")
        return [correction]

    def _dress(self, draft: Draft) -> None:
        """Covers, hidden sheets, lateness."""
        if draft.kind not in ONE_SHEET and (len(draft.parts) > 1 or self.rng.random() < 0.1):
            draft.has_cover = True
            draft.features.add("cover")
        if draft.kind not in ONE_SHEET and self.drawn("hidden_sheet") and len(draft.parts[0].rows):
            form = draft.parts[0].form
            old = draft.parts[0].rows.head(5)
            draft.hidden_sheet = Part(form, old, layout.PLAIN, self.cat.data["wording"]["hidden_sheet"])
            draft.features.add("hidden_sheet")
        if "correction" in draft.features and draft.archive is None and self.drawn("after_close"):
            closed = self.collection.closes_on
            draft.when = max(draft.when, self.moment(closed + dt.timedelta(days=1), closed + dt.timedelta(days=12)))
            draft.features.add("after_close")

    def _send_copies(self, drafts: list[Draft]) -> None:
        """Some documents arrive twice, minutes apart."""
        if self.drawn("copied"):
            able = [d for d in drafts if d.archive is None and not d.copies and d.raw is None]
            for draft in (
                [able[int(i)] for i in self.rng.choice(len(able), min(2, len(able)), replace=False)] if able else []
            ):
                stem = draft.path.rsplit("/", 1)[1].rsplit(".", 1)[0]
                path = self.path("{form}副本", draft.kind, self.cat.data["wording"]["copies"], form=stem)
                draft.copies.append((path, draft.when + dt.timedelta(minutes=7)))
                draft.features.add("copy")


def as_form(rows: pd.DataFrame) -> pd.DataFrame:
    """True rows with exactly the columns of the form: a recognition's own unit_code stands under its name."""
    rows = rows.drop(columns=["unit_code"])
    return rows.rename(columns={"area_unit_code": "unit_code"}).reset_index(drop=True)


def altered(contract: Contract, rows: pd.DataFrame, changed: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """An earlier state of some rows: numbers lower, codes exchanged, a few rows not there yet. Still valid."""
    out = rows.copy()
    where = np.flatnonzero(changed)
    for column in contract.columns:
        if column.name in contract.key or column.name in KEPT:
            continue
        if column.type in ("number", "int") and column.name != "bandwidth_mbps":
            values = out[column.name].to_numpy(float).copy()
            values[where] = np.where(values[where] > 2, np.floor(values[where] * 0.9), values[where])
            out[column.name] = values
        elif column.name in ALTERED:
            values = out[column.name].to_numpy(object).copy()
            values[where] = rng.permutation(values[where])
            out[column.name] = values
    gone = rng.random(len(rows)) < 0.06
    kept = ~(gone & changed) if len(rows) > 4 else np.ones(len(rows), bool)
    return out[kept].reset_index(drop=True)


def postponed(drafts: list[Draft], collection: Collection) -> list[Draft]:
    """The documents of a unit that is late: all of them between the last due date and the close, in the same order."""
    times = [d.when for d in drafts] + [when for d in drafts for _, when in d.copies]
    first, span = min(times), max(max(times) - min(times), dt.timedelta(days=1))
    start = dt.datetime.combine(collection.year_end_due_on, dt.time(9), LOCAL) + dt.timedelta(days=1)
    window = collection.closes_on - collection.year_end_due_on - dt.timedelta(days=3)

    def later(when: dt.datetime) -> dt.datetime:
        return start + dt.timedelta(seconds=round((when - first) / span * window.total_seconds()))

    return [
        replace(d, when=later(d.when), copies=[(p, later(w)) for p, w in d.copies], features=d.features | {"late_unit"})
        for d in drafts
    ]
