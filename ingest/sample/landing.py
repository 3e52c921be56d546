"""Lays a city out as a landing zone: plans the documents of every unit, writes them, and keeps what is expected of a reader."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from ingest.sample import faults, habits, layout, national, twists, writers
from ingest.sample.catalogue import Catalogue, stream
from ingest.sample.city import City, Year, build_city
from ingest.sample.documents import Draft, Part, UnitOutbox, postponed
from ingest.sample.expected import Expected, Sheet
from ingest.sample.layout import Drawing, Table

Messiness = Literal["clean", "national", "messy", "faulty"]
LABEL_FILE = ".样例数据.txt"
KEEP_ROWS_BELOW = 0.1
DEFAULT_SEED, DEFAULT_SCALE = 2020, 0.02


def lay_out(city: City, out: Path | str, messiness: Messiness = "faulty", seed: int | None = None) -> Expected:
    """Writes the documents of a city below `out`, which must be empty or not there, and says what they must give."""
    folder = Path(out)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: choose another folder or empty it")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LABEL_FILE).write_text(city.cat.data["label"] + "\n", encoding="utf-8")
    expected = Expected(city.cat, keeps_rows=city.scale < KEEP_ROWS_BELOW)
    writer = LandingWriter(city, folder, messiness, city.seed if seed is None else seed, expected)
    previous: Year | None = None
    for year in city.years():
        for unit in city.cat.units:
            writer.send(year, unit, previous)
        previous = year
    if messiness == "faulty":
        writer.misplace()
    return expected


def pages(part: Part, drawing: Drawing) -> list[tuple[Part, Drawing]]:
    """The table as it stands, or its second half on a page of its own without headings."""
    if "next_page" not in part.look.twists or len(part.rows) < twists.LEAST_ROWS:
        return [(part, drawing)]
    half = len(part.rows) // 2
    at = int(drawing.row_numbers[half]) - 1
    first = replace(part, rows=part.rows.iloc[:half])
    second = replace(part, rows=part.rows.iloc[half:].reset_index(drop=True), sheet=f"{part.sheet}（续）")
    rows = drawing.table.rows
    return [
        (first, replace(drawing, table=replace(drawing.table, rows=rows[:at]), row_numbers=drawing.row_numbers[:half])),
        (second, replace(drawing, table=Table(second.sheet, rows[at:]), row_numbers=drawing.row_numbers[half:] - at)),
    ]


def lay_down_default(folder: Path) -> Expected:
    """The sample landing zone of a fresh clone: it is there whole or not at all."""
    draft = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    expected = lay_out(build_city(DEFAULT_SEED, DEFAULT_SCALE), draft)
    draft.rename(folder)
    return expected


class LandingWriter:
    """Writes what units send."""

    def __init__(self, city: City, folder: Path, messiness: Messiness, seed: int, expected: Expected):
        self.city, self.folder, self.messiness, self.seed, self.expected = city, folder, messiness, seed, expected
        self.cat: Catalogue = city.cat

    def send(self, year: Year, unit: str, previous: Year | None) -> None:
        """All documents of a unit in a collection."""
        rng = stream(self.seed, self.messiness, year.collection_id, unit)
        outbox = UnitOutbox(self.cat, year, unit, rng, previous)
        plain = {"clean": outbox.tidy, "national": outbox.national}
        drafts = plain.get(self.messiness, lambda: self._messy(outbox))()
        if self.messiness == "faulty":
            drafts = faults.spoil(outbox, drafts)
        self._write(outbox, drafts, rng)
        if self.messiness not in plain:
            self._drop(year.collection_id, unit, rng)

    def _messy(self, outbox: UnitOutbox) -> list[Draft]:
        """A unit's documents; one unit is late in the last collection, one sends no register once, the zone sends little at the end."""
        drafts = habits.take_on(outbox, outbox.messy())
        last = outbox.year.collection_id == self.city.collections[-1] and len(self.city.collections) > 1
        county = self.cat.units_of("county")
        if last and outbox.unit == county[2 % len(county)]:
            drafts = postponed(drafts, outbox.collection)
        if last and self.cat.units[outbox.unit].kind == "zone":
            drafts = [
                d
                for n, d in enumerate(drafts)
                if n < len(drafts) // 2 or any(p.form == "school_register" for p in d.parts)
            ]
        if (
            len(self.city.collections) > 2
            and outbox.year.collection_id == self.city.collections[-2]
            and outbox.unit == self._without_register(outbox.year)
        ):
            drafts = [d for d in drafts if all(p.form != "school_register" for p in d.parts)]
        return drafts

    def _without_register(self, year: Year) -> str:
        """A county where no school is new, so that last year's register will do."""
        new = set(self.city.schools.unit_code[self.city.schools.opens == year.year])
        return next((u for u in self.cat.units_of("county")[3:] if u not in new), "")

    def _write(self, outbox: UnitOutbox, drafts: list[Draft], rng: np.random.Generator) -> None:
        """Draws and writes documents; those of an archive together."""
        archives: dict[str, list[Draft]] = {}
        for draft in drafts:
            if draft.archive:
                archives.setdefault(draft.archive, []).append(draft)
            else:
                body, sheets = self.body(outbox, draft, rng)
                for path, when in [(draft.path, draft.when), *draft.copies]:
                    self._put(path, body, when)
                self._take_down(draft, draft.path, body, sheets)
        for archive, members in archives.items():
            bodies = [(draft, *self.body(outbox, draft, rng)) for draft in members]
            self._put(archive, writers.pack([(draft.path, body) for draft, body, _ in bodies]), members[0].when)
            for draft, body, sheets in bodies:
                self._take_down(draft, f"{archive}!{draft.path}", body, sheets)

    def body(self, outbox: UnitOutbox, draft: Draft, rng: np.random.Generator) -> tuple[bytes, list[Sheet]]:
        """The bytes of a document and what stands where in it."""
        if draft.raw is not None:
            return draft.raw, []
        tables: list[Table] = []
        sheets: list[Sheet] = []
        if draft.hidden_sheet:
            tables.append(self._hidden(outbox, draft))
        if draft.has_cover:
            tables.append(self._cover(outbox))
        for part in draft.parts:
            drawing = self._drawing(outbox, part, rng)
            twists.twist(drawing, part.look.twists)
            for row in part.longer:
                drawing.table.rows[int(drawing.row_numbers[row]) - 1] += ["多", "余"]
            for each, drawn in pages(part, drawing):
                sheets.append(Sheet(each, len(tables), drawn.row_numbers, drawn.headings, drawn.wrong_totals))
                tables.append(drawn.table)
        tables += draft.loose
        if draft.has_cover and len(draft.parts) > 1:
            wording = self.cat.data["wording"]
            tables.append(
                Table(
                    wording["guide_sheet"], [[line.format(label=self.cat.data["label"])] for line in wording["guide"]]
                )
            )
        body = writers.write(draft.kind, tables, draft.encoding)
        return body + b"\x1a" if "control_z" in draft.features else body, sheets

    def _drawing(self, outbox: UnitOutbox, part: Part, rng: np.random.Generator) -> Drawing:
        """A table in the look that it was given, or in a layout of the national systems."""
        contract = self.cat.contracts[part.form]
        if part.look.national:
            register = outbox.year.short["school_register"]
            year = outbox.collection.school_year
            return national.draw(self.cat, contract, part.rows, part.sheet, part.look.national, register, year)
        title = part.title or outbox.title(contract)
        return layout.draw(self.cat, rng, contract, part.rows, part.sheet, part.look, title, part.overrides)

    def _cover(self, outbox: UnitOutbox) -> Table:
        wording = self.cat.data["wording"]
        words = {
            "unit": self.cat.units[outbox.unit].name_zh,
            "year": outbox.collection.school_year,
            "label": self.cat.data["label"],
        }
        rows: list[list[str | int | float | dt.date | None]] = [[text.format(**words)] for text in wording["cover"]]
        return Table(wording["cover_sheet"], rows)

    def _hidden(self, outbox: UnitOutbox, draft: Draft) -> Table:
        """A hidden sheet with old rows of the form: to be noted, not read."""
        assert draft.hidden_sheet is not None
        contract = self.cat.contracts[draft.hidden_sheet.form]
        drawing = layout.draw(
            self.cat, outbox.rng, contract, draft.hidden_sheet.rows, draft.hidden_sheet.sheet, layout.PLAIN, ""
        )
        drawing.table.is_hidden = True
        return drawing.table

    def _take_down(self, draft: Draft, path: str, body: bytes, sheets: list[Sheet]) -> None:
        self.expected.add(draft, hashlib.sha256(body).hexdigest(), path, len(body), sheets)

    def _put(self, path: str, body: bytes, when: dt.datetime) -> None:
        """A file at a time."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        os.utime(target, (when.timestamp(), when.timestamp()))

    def _drop(self, collection: str, unit: str, rng: np.random.Generator) -> None:
        """Lock files and droppings, which readers pass over."""
        when = dt.datetime.combine(self.cat.reference.collections[collection].opens_on, dt.time(4), dt.UTC)
        for name, body in (("~$教师名册.xlsx", b"\x05user"), (".DS_Store", b"\0\0\0\1Bud1")):
            if rng.random() < 0.5 and (self.folder / collection / unit).exists():
                self._put(f"{collection}/{unit}/{name}", body, when)
                self.expected.droppings.append(f"{collection}/{unit}/{name}")

    def misplace(self) -> None:
        """Documents under a collection or unit that nobody knows."""
        for path, body, when in faults.misplaced(self.cat):
            self._put(path, body, when)
            self.expected.unplaced.append((path, hashlib.sha256(body).hexdigest()))
