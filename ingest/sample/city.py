"""The made-up city as a whole: the true rows of every form, collection by collection."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from ingest.sample import identity, lists, returns
from ingest.sample.catalogue import Catalogue, load_catalogue
from ingest.sample.drawn import drawn
from ingest.sample.pupils import Population, Roster, graduates_rows, places_of
from ingest.sample.schools import build_schools, register
from ingest.sample.teachers import Staff, teacher_rows


@dataclass
class Year:
    """One collection: the true rows of every form; those of people are made a unit at a time."""

    collection_id: str
    short: dict[str, pd.DataFrame]
    roster: Roster
    staff_of: Staff
    staff: pd.DataFrame
    year: int

    def rows(self, form: str, unit: str) -> pd.DataFrame:
        """What a unit would truthfully report in a form."""
        if form == "student_roster":
            return self.roster.unit(unit)
        if form == "teacher_roster":
            return teacher_rows(self.staff_of, self.staff, self.year, unit)
        rows = self.short[form]
        return rows[rows.unit_code == unit].reset_index(drop=True)


@dataclass
class City:
    """A made-up city; `years()` walks through its collections and can be walked again with the same result."""

    cat: Catalogue
    seed: int
    scale: float
    collections: list[str]
    schools: pd.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        self.schools = build_schools(self.cat, self.seed, self.scale, len(self.cat.collections))

    def years(self) -> Iterator[Year]:
        """The chosen collections, in order; those before them are lived through without being reported."""
        places = places_of(self.cat)
        serials = identity.Serials([int(code) for code in places.codes])
        population = Population(self.cat, self.seed, self.scale, self.schools, serials, places)
        staff_of = Staff(self.cat, self.seed, self.schools, serials, places, population.grades)
        last = max(i for i, c in enumerate(self.cat.collections) if c.collection_id in self.collections)
        for year, collection in enumerate(self.cat.collections[: last + 1]):
            if year == 0:
                pupils = population.first()
                graduates = population.early_graduates()
                staff = staff_of.first(pupils)
            else:
                pupils, graduates = population.next(pupils, year)
                staff = staff_of.next(staff, pupils, year)
            if collection.collection_id in self.collections:
                short = self._short_forms(population, pupils, graduates, year)
                yield Year(collection.collection_id, short, Roster(population, year, pupils), staff_of, staff, year)

    def _short_forms(
        self, population: Population, pupils: pd.DataFrame, graduates: pd.DataFrame, year: int
    ) -> dict[str, pd.DataFrame]:
        """All forms that hold no roster of the living."""
        cat, seed, schools = self.cat, self.seed, self.schools
        forms = {
            "school_register": register(cat, schools, year),
            "vocational_graduates": graduates_rows(population, graduates, year),
            "school_conditions": returns.conditions(cat, seed, schools, pupils, population.grades, year),
            "school_connectivity": returns.connectivity(cat, seed, schools, year),
            "school_practice": returns.practice(cat, seed, schools, year),
            "kindergarten_projects": lists.kindergarten_projects(cat, seed, year),
            "disabled_children": lists.disabled_children(
                cat, seed, pupils, population.unit_of, population.grades, year
            ),
            "pay": lists.pay(cat, seed, year),
            "recognitions": lists.recognitions(cat, seed, schools, year),
            "community_schools": lists.community_schools(cat, seed, year),
            "admission_quota": returns.quotas(cat, seed, schools, year),
            "overseas_students": lists.colleges(cat, "overseas_students", year),
            "vocational_staffing": lists.colleges(cat, "vocational_staffing", year),
            "progress_items": lists.progress_items(cat, seed, year),
        }
        without_recipe = self.cat.contracts.keys() - forms.keys() - {"student_roster", "teacher_roster"}
        forms |= {form: drawn(cat, seed, self.cat.contracts[form], schools, year) for form in sorted(without_recipe)}
        return {
            form: rows[rows.unit_code.isin(cat.suppliers(form))].reset_index(drop=True) for form, rows in forms.items()
        }

    @functools.cached_property
    def truth(self) -> dict[str, pd.DataFrame]:
        """Every form's rows of all collections at once: for small cities."""
        parts: dict[str, list[pd.DataFrame]] = {form: [] for form in self.cat.contracts}
        for year in self.years():
            for form in parts:
                for unit in self.cat.suppliers(form):
                    rows = year.rows(form, unit)
                    rows.insert(0, "collection_id", year.collection_id)
                    parts[form].append(rows)
        return {form: pd.concat(frames, ignore_index=True) for form, frames in parts.items()}


def build_city(
    seed: int = 1, scale: float = 0.02, collections: list[str] | None = None, spec_dir: str | None = None
) -> City:
    """The city of a seed; `scale` 1 is about a million pupils. Collections default to all of the calendar."""
    cat = load_catalogue(spec_dir)
    known = [c.collection_id for c in cat.collections]
    wanted = collections or known
    if unknown := [c for c in wanted if c not in known]:
        raise ValueError(f"no such collection in the calendar: {', '.join(unknown)}; it holds {', '.join(known)}")
    if scale <= 0:
        raise ValueError(f"scale must be more than 0, not {scale}")
    return City(cat, seed, scale, wanted)
