"""The city's pupils: who they are, how they grow a grade a year, change school, leave and join; and the rows of their rosters.

Pupils are kept as a frame of small numbers, one row a pupil; text is made only for the rows of a unit at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ingest.sample import identity
from ingest.sample.catalogue import Catalogue, apportion, of_year, pick, stream
from ingest.sample.schools import status_of

NUMBER, TEMPORARY, WITHOUT_ID, PASSPORT, BLANK = range(5)
LETTERS = {NUMBER: "G", TEMPORARY: "L", WITHOUT_ID: "J", PASSPORT: "J", BLANK: "G"}


@dataclass
class Grades:
    """The grades in order, their groups and usual ages, as numbers."""

    codes: list[str]
    groups: list[str]
    ages: np.ndarray

    def of(self, group: str) -> list[int]:
        """Positions of the grades of a group."""
        return [i for i, g in enumerate(self.groups) if g == group]


def grades_of(cat: Catalogue) -> Grades:
    """The grades of the catalogue; where the data file gives no usual age, it is 10."""
    codes = [c.code for c in cat.codes("grade")]
    groups = cat.group("grade")
    return Grades(codes, [groups[c] for c in codes], np.array([cat.data["usual_age"].get(c, 10) for c in codes]))


@dataclass
class Places:
    """Where ID numbers are issued: the counties, then elsewhere."""

    codes: np.ndarray
    of_unit: dict[str, int]

    @property
    def counties(self) -> int:
        """How many counties there are; their places come first."""
        return len(set(self.of_unit.values()))


def places_of(cat: Catalogue) -> Places:
    """The places of the catalogue: six-digit codes of counties, then of elsewhere."""
    counties = cat.units_of("county")
    index = {unit: i for i, unit in enumerate(counties)}
    of_unit = {unit: index.get(unit, 0) for unit in cat.units}
    return Places(np.array([int(u) for u in counties] + cat.data["birthplaces"]["elsewhere"]), of_unit)


@dataclass
class Population:
    """Draws pupils and moves them from year to year."""

    cat: Catalogue
    seed: int
    scale: float
    schools: pd.DataFrame
    serials: identity.Serials
    places: Places
    grades: Grades = field(init=False)
    _next_number: int = 0

    def __post_init__(self) -> None:
        self.grades = grades_of(self.cat)
        self.unit_of = self.schools.unit_code.to_numpy()
        self.units = list(self.cat.units)

    # ---- the first collection -------------------------------------------------------------------------------------
    def first(self) -> pd.DataFrame:
        """Everybody who is at school in the first collection."""
        rng = stream(self.seed, "pupils", 0)
        parts = []
        for group, total in self.cat.data["pupils"].items():
            grades = self.grades.of(group)
            for grade, count in zip(
                grades, apportion(max(1, round(total * self.scale)), [1] * len(grades)), strict=True
            ):
                parts.append(self._draw(rng, grade, int(count), 0))
        parts.append(self._special(rng))
        return self._none_empty(rng, pd.concat(parts, ignore_index=True), 0)

    def _draw(self, rng: np.random.Generator, grade: int, count: int, year: int) -> pd.DataFrame:
        """New pupils of a grade, over units by weight and over their schools by size."""
        units = np.repeat(
            self.units,
            apportion(count, [self.cat.unit_figures(u)["weight"] * (u != self.cat.municipal) for u in self.units]),
        )
        school = self.allocate(rng, units, np.full(len(units), grade), year)
        return self.people(rng, school[school >= 0], np.full(int((school >= 0).sum()), grade), year)

    def _special(self, rng: np.random.Generator) -> pd.DataFrame:
        """Pupils of the special schools, of all grades that these teach."""
        schools = np.flatnonzero((self.schools.school_type == "511") & (self.schools.opens == 0))
        total = max(int(self.cat.data["special_share"] * 939_000 * self.scale), 6 * len(schools))
        grades = [g for g, group in enumerate(self.grades.groups) if group in self.cat.data["schools"]["511"]["stages"]]
        grade = rng.choice(grades, total)
        return self.people(rng, rng.choice(schools, total), grade, 0)

    def people(self, rng: np.random.Generator, school: np.ndarray, grade: np.ndarray, year: int) -> pd.DataFrame:
        """Makes the people for these places."""
        n = len(school)
        data = self.cat.data
        age = self.grades.ages[grade] + np.where(rng.random(n) < data["another_age"], rng.choice([-1, 1], n), 0)
        reference = np.datetime64(self.cat.collections[year].reference_date, "D")
        birth = (reference.astype("datetime64[M]") - age * 12).astype("datetime64[D]") - rng.integers(1, 366, n)
        place = np.array([self.places.of_unit[u] for u in self.unit_of[school]], dtype=np.int64)
        moved_in = rng.random(n) < data["birthplaces"]["moved_in_share"]
        place = np.where(moved_in, rng.integers(self.places.counties, len(self.places.codes), n), place)
        is_male = (rng.random(n) < 0.522).astype(np.int64)
        frame = pd.DataFrame(
            {
                "number": np.arange(n) + self._next_number,
                "school": school.astype(np.int32),
                "grade": grade.astype(np.int8),
            }
        )
        frame["birth"] = birth
        frame["place"] = place.astype(np.int8)
        frame["is_male"] = is_male.astype(np.int8)
        frame["serial"] = self.serials.take(place, birth, is_male)
        frame["name_code"] = rng.integers(0, 2**31, n).astype(np.int32)
        frame["kind"] = self._kinds(rng, n)
        frame["disability"] = self._disabilities(rng, school)
        self._next_number += n
        return frame

    def _kinds(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """What identifies a pupil: mostly a G number; some have a temporary number, none, a passport, or leave it blank where allowed."""
        shares = self.cat.data["id_kinds"]
        return rng.choice(
            [TEMPORARY, WITHOUT_ID, PASSPORT, BLANK, NUMBER],
            n,
            p=[
                shares["temporary"],
                shares["without_id"],
                shares["passport"],
                shares["blank_number"],
                1 - shares["temporary"] - shares["without_id"] - shares["passport"] - shares["blank_number"],
            ],
        ).astype(np.int8)

    def _disabilities(self, rng: np.random.Generator, school: np.ndarray) -> np.ndarray:
        """Index into the list of disabilities, -1 for none; everybody at a special school has one."""
        figures = self.cat.data["disability"]
        per_unit = sum(self.cat.data["pupils"].values()) * self.scale / len(self.units)
        share = min(max(figures["share"], figures["at_least"] / max(per_unit, 1)), figures["at_most"])
        kinds = self.cat.data["disability_kinds"]
        order = [c.code for c in self.cat.codes("disability")]
        drawn = np.array([order.index(k) for k in pick(rng, kinds, len(school))], dtype=np.int64)
        special = self.schools.school_type.to_numpy()[school] == "511"
        return np.where(special | (rng.random(len(school)) < share), drawn, -1).astype(np.int8)

    def _none_empty(self, rng: np.random.Generator, pupils: pd.DataFrame, year: int) -> pd.DataFrame:
        """A pupil a grade for open schools that a small city would leave empty."""
        is_open = status_of(self.schools, year) == "open"
        empty = np.setdiff1d(np.flatnonzero(is_open), pupils.school.to_numpy())
        grades = np.arange(len(self.grades.codes))
        school, grade = (x.ravel() for x in np.meshgrid(empty, grades, indexing="ij"))
        taught = self._teaches(school, grade) & ~self._is_beyond_point(school, grade)
        return pd.concat([pupils, self.people(rng, school[taught], grade[taught], year)], ignore_index=True)

    def _is_beyond_point(self, school: np.ndarray, grade: np.ndarray) -> np.ndarray:
        """Teaching points teach only the lower grades."""
        beyond: np.ndarray = (self.schools.school_type.to_numpy()[school] == "218") & (
            grade > self._last_grade_of_points()
        )
        return beyond

    # ---- where pupils go ------------------------------------------------------------------------------------------
    def allocate(self, rng: np.random.Generator, units: np.ndarray, grade: np.ndarray, year: int) -> np.ndarray:
        """A school for pupils of these units and grades; -1 where no school of the unit teaches the grade."""
        out = np.full(len(units), -1, dtype=np.int64)
        for group in dict.fromkeys(self.grades.groups):
            wanted = np.isin(grade, self.grades.of(group))
            if not wanted.any():
                continue
            for unit in self.units:
                mine = np.flatnonzero(wanted & (units == unit))
                schools, weights = self._offer(unit, group, year)
                if len(mine) and len(schools):
                    late = grade[mine] > self._last_grade_of_points()
                    out[mine] = self._spread(rng, schools, weights, len(mine))
                    out[mine] = self._off_points(rng, out[mine], late, schools, weights)
        return out

    def _offer(self, unit: str, group: str, year: int) -> tuple[np.ndarray, np.ndarray]:
        """Schools that pupils of a unit may go to for a grade group, and their weights: the unit's own and the city's."""
        stages = self.schools.school_type.map({k: v["stages"] for k, v in self.cat.data["schools"].items()})
        teaches = (
            np.array([group in s for s in stages])
            & (self.schools.school_type != "511").to_numpy()
            & (status_of(self.schools, year) == "open")
        )
        own = teaches & (self.unit_of == unit)
        if not own.any():
            own = teaches & (self.unit_of == self.cat.unit_figures(unit).get("feeds", ""))
        city = teaches & (self.unit_of == self.cat.municipal)
        share = (
            self.cat.data["municipal_draw"].get(group, 0)
            if own.any() and city.any() and unit != self.cat.municipal
            else 0.0
        )
        weight = self.schools.weight.to_numpy(float)
        parts = np.where(own, weight, 0.0) * (1 - share) / max(weight[own].sum(), 1e-9)
        if share:
            parts = parts + np.where(city, weight, 0.0) * share / weight[city].sum()
        chosen = np.flatnonzero(parts)
        return chosen, parts[chosen]

    def _spread(self, rng: np.random.Generator, schools: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
        """`count` places over schools by weight, in random order."""
        return rng.permutation(np.repeat(schools, apportion(count, weights)))

    def _last_grade_of_points(self) -> int:
        return self.grades.codes.index(self.cat.data["schools"]["218"]["last_grade"])

    def _off_points(
        self, rng: np.random.Generator, school: np.ndarray, late: np.ndarray, schools: np.ndarray, weights: np.ndarray
    ) -> np.ndarray:
        """Teaching points teach only the lower grades: older pupils go to a full school."""
        is_point = self.schools.school_type.to_numpy() == "218"
        wrong = late & is_point[school]
        full = ~is_point[schools]
        if wrong.any() and full.any():
            p = weights[full] / weights[full].sum()
            school = np.where(wrong, rng.choice(schools[full], len(school), p=p), school)
        return school

    # ---- from year to year ----------------------------------------------------------------------------------------
    def next(self, pupils: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Pupils of the next collection, and those who left the last vocational grade."""
        rng = stream(self.seed, "pupils", year)
        last = np.array([i == max(self.grades.of(g)) for i, g in enumerate(self.grades.groups)])
        group = np.array(self.grades.groups)[pupils.grade]
        graduates = pupils[(group == "vocational") & last[pupils.grade]]
        stays = self._staying(rng, group, last[pupils.grade])
        vocational = (group == "junior") & last[pupils.grade] & (rng.random(len(pupils)) < self._vocational_share())
        grade = np.where(vocational, self.grades.of("vocational")[0], pupils.grade + 1)
        pupils = pupils.assign(grade=grade.astype(np.int8))[stays].reset_index(drop=True)
        pupils["school"] = self._schools_after(
            rng, pupils, (last[pupils.grade.to_numpy() - 1] | vocational[stays]), year
        )
        pupils = pupils[pupils.school >= 0]
        pupils.loc[(pupils.kind == TEMPORARY) & (rng.random(len(pupils)) < 0.5), "kind"] = NUMBER
        parts = [pupils, *self._joining(rng, len(pupils), year)]
        return self._none_empty(rng, pd.concat(parts, ignore_index=True), year), graduates

    def _vocational_share(self) -> float:
        after = self.cat.data["after"]
        return float(after["vocational"] / (after["vocational"] + after["senior"]))

    def _staying(self, rng: np.random.Generator, group: np.ndarray, at_end: np.ndarray) -> np.ndarray:
        """Who is still at a school of the city a year later."""
        after = self.cat.data["after"]
        go_on = {
            "toddler": 1.0,
            "preschool": after["preschool"],
            "primary": after["primary"],
            "junior": after["senior"] + after["vocational"],
        }
        chance = np.where(
            at_end, pd.Series(group).map(go_on).fillna(0.0).to_numpy(), 1 - self.cat.data["moves"]["leaves"]
        )
        return np.asarray(rng.random(len(group)) < chance)

    def _schools_after(
        self, rng: np.random.Generator, pupils: pd.DataFrame, new_stage: np.ndarray, year: int
    ) -> np.ndarray:
        """School of every pupil who stays: the same one where it goes on, teaches the grade and the pupil does not move."""
        school = pupils.school.to_numpy().astype(np.int64)
        grade = pupils.grade.to_numpy()
        moves = self.cat.data["moves"]
        special = self.schools.school_type.to_numpy()[school] == "511"
        is_open = status_of(self.schools, year) == "open"
        must = ~is_open[school] | self._is_beyond_point(school, grade)
        must |= new_stage & ~self._teaches(school, grade)
        draw = rng.random(len(school))
        must |= draw < moves["other_school"] + moves["other_unit"]
        unit = self.unit_of[school].copy()
        away = draw < moves["other_unit"]
        unit[away] = rng.choice([u for u in self.units if u != self.cat.municipal], int(away.sum()))
        unit[unit == self.cat.municipal] = self.cat.units_of("county")[0]
        must &= ~special
        school[must] = self.allocate(rng, unit[must], grade[must], year)
        school[special & np.isin(grade, self.grades.of("vocational"))] = -1
        return school

    def _teaches(self, school: np.ndarray, grade: np.ndarray) -> np.ndarray:
        """Whether each pupil's school teaches the pupil's grade."""
        stages = {kind: set(f["stages"]) for kind, f in self.cat.data["schools"].items()}
        types = list(stages)
        table = np.array([[g in stages[t] for g in self.grades.groups] for t in types])
        index = pd.Series(self.schools.school_type).map({t: i for i, t in enumerate(types)}).to_numpy()
        return np.asarray(table[index[school], grade])

    def _joining(self, rng: np.random.Generator, present: int, year: int) -> list[pd.DataFrame]:
        """The new children of the year, and some of every grade who moved to the city."""
        births = of_year(self.cat.data["births"], year)
        totals = self.cat.data["pupils"]
        first_of = {
            "toddler": totals["toddler"],
            "preschool": totals["preschool"] / len(self.grades.of("preschool")) - totals["toddler"],
        }
        parts = [
            self._draw(rng, self.grades.of(group)[0], max(1, round(total * self.scale * births)), year)
            for group, total in first_of.items()
        ]
        joins = apportion(round(present * self.cat.data["moves"]["joins"]), [1] * len(self.grades.codes))
        parts += [self._draw(rng, grade, int(count), year) for grade, count in enumerate(joins) if count]
        return parts

    def early_graduates(self) -> pd.DataFrame:
        """Those who left the last vocational grade before the first collection."""
        rng = stream(self.seed, "graduates")
        grade = self.grades.of("vocational")[-1]
        people = self._draw(rng, grade, max(40, round(self.cat.data["pupils"]["vocational"] / 3 * self.scale)), 0)
        people["birth"] = people.birth - np.timedelta64(365, "D")
        people["serial"] = self.serials.take(
            people.place.to_numpy(), people.birth.to_numpy(), people.is_male.to_numpy().astype(np.int64)
        )
        of_open_schools: pd.DataFrame = people[self.schools.opens.to_numpy()[people.school] == 0]
        return of_open_schools


@dataclass
class Roster:
    """Writes pupils out as rows of the student roster, with what is drawn anew every year."""

    population: Population
    year: int
    pupils: pd.DataFrame

    def __post_init__(self) -> None:
        rng = stream(self.population.seed, "roster", self.year)
        cat = self.population.cat
        self.pupils = self.pupils.reset_index(drop=True)
        group = np.array(self.population.grades.groups)[self.pupils.grade]
        self.pupils["class_no"] = self._classes(rng)
        self.pupils["boards"] = (
            rng.random(len(self.pupils)) < pd.Series(group).map(cat.data["boarding"]).fillna(0.0).to_numpy()
        )
        self.pupils["fitness_draw"] = rng.random(len(self.pupils)).astype(np.float32)
        self.pupils["id_shown"] = rng.random(len(self.pupils)) >= cat.data["id_kinds"]["id_left_out"]
        self.pupils["none_stated"] = rng.random(len(self.pupils)) < cat.data["disability_stated_none"]
        self.twice = self._twice(rng)
        self.sorted = self.pupils.sort_values(["school", "grade", "class_no", "number"], kind="stable")

    def _classes(self, rng: np.random.Generator) -> np.ndarray:
        """Class number within school and grade: as many classes as the usual size asks for."""
        sizes = self.population.cat.data["class_size"]
        key = self.pupils.school.to_numpy().astype(np.int64) * 100 + self.pupils.grade
        values, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        groups = np.array(self.population.grades.groups)[values % 100]
        special = self.population.schools.school_type.to_numpy()[values // 100] == "511"
        usual = np.where(special, sizes["special"], pd.Series(groups).map(sizes).to_numpy(float))
        limit = np.maximum(
            8,
            usual
            + of_year(sizes["yearly"], self.year)
            + rng.integers(-sizes["spread"], sizes["spread"] + 1, len(values)),
        )
        classes = np.ceil(counts / limit).astype(np.int64)
        order = np.argsort(key * 2**32 + self.pupils.number.to_numpy(), kind="stable")
        starts = np.cumsum(counts) - counts
        rank = np.empty(len(key), dtype=np.int64)
        rank[order] = np.arange(len(key)) - starts[inverse[order]]
        numbers: np.ndarray = (rank * classes[inverse] // counts[inverse] + 1).astype(np.int16)
        return numbers

    def _twice(self, rng: np.random.Generator) -> pd.DataFrame:
        """Pupils whom a school of another unit still lists: a transfer that one side has not finished."""
        n = max(2, round(len(self.pupils) * self.population.cat.data["moves"]["twice"]))
        chosen = self.pupils.iloc[rng.choice(len(self.pupils), n, replace=False)].copy()
        county = [u for u in self.population.units if u != self.population.cat.municipal]
        unit = np.array(
            [
                county[(county.index(u) + 1) % len(county)] if u in county else county[0]
                for u in self.population.unit_of[chosen.school]
            ]
        )
        chosen["school"] = self.population.allocate(rng, unit, chosen.grade.to_numpy(), self.year)
        chosen["class_no"] = 1
        listed = chosen.school >= 0
        other = (
            self.population.unit_of[np.maximum(chosen.school, 0)]
            != self.population.unit_of[self.pupils.school.to_numpy()[chosen.index]]
        )
        guests: pd.DataFrame = chosen[listed & other]
        return guests

    def unit(self, unit: str) -> pd.DataFrame:
        """The rows of a unit, in the columns of the form."""
        mine = self.population.unit_of[self.sorted.school.to_numpy()] == unit
        extra = self.twice[self.population.unit_of[self.twice.school.to_numpy()] == unit]
        return self.rows(pd.concat([self.sorted[mine], extra]), unit)

    def rows(self, pupils: pd.DataFrame, unit: str) -> pd.DataFrame:
        """Rows of the form for these pupils."""
        cat, schools = self.population.cat, self.population.schools
        grade = pupils.grade.to_numpy()
        types = schools.school_type.to_numpy()[pupils.school]
        id_number, student_id = identifiers(self.population, pupils, types)
        out = pd.DataFrame({"unit_code": unit, "student_id": student_id}, index=range(len(pupils)))
        out["name"] = identity.names(
            cat.data["names"]["surnames"], cat.data["names"]["given"], pupils.name_code.to_numpy()
        )
        out["id_number"] = id_number
        shown = pupils.id_shown.to_numpy() | pd.isna(student_id) | (pupils.kind == PASSPORT).to_numpy()
        out["id_number"] = out.id_number.where(shown)
        out["sex"] = np.where(pupils.is_male, "M", "F")
        out["birth_date"] = pupils.birth.to_numpy().astype("datetime64[s]")
        out["school_id"] = schools.school_id.to_numpy()[pupils.school]
        out["grade"] = np.array(self.population.grades.codes, dtype=object)[grade]
        out["class_name"] = class_names(self.population, pupils)
        out["boarding"] = np.where(pupils.boards, "boarding", "day")
        codes = np.array([c.code for c in cat.codes("disability")], dtype=object)
        disability = pupils.disability.to_numpy()
        out["disability"] = pd.Series(np.where(disability >= 0, codes[disability], "none")).where(
            (disability >= 0) | pupils.none_stated.to_numpy()
        )
        out["placement"] = self._placements(disability >= 0, types == "511", pupils.number.to_numpy())
        out["fitness_grade"] = self._fitness(unit, grade, pupils.fitness_draw.to_numpy())
        out["enrolment_status"] = None
        return out

    def _placements(self, disabled: np.ndarray, special: np.ndarray, number: np.ndarray) -> pd.Series:
        """Where a disabled child learns; blank for the others."""
        out = np.full(len(disabled), None, dtype=object)
        quantile = number * 0.6180339887 % 1
        for name, mine in (("special", disabled & special), ("other", disabled & ~special)):
            shares = self.population.cat.data["placement"][name]
            out[mine] = _by_quantile(shares, quantile[mine])
        return pd.Series(out)

    def _fitness(self, unit: str, grade: np.ndarray, draw: np.ndarray) -> pd.Series:
        """Grade of the fitness test; not for kindergartens."""
        cat = self.population.cat
        figures = cat.data["fitness"]
        passed = of_year(figures["passed"], self.year) + 0.004 * cat.unit_figures(unit)["lead"]
        tested = 1 - figures["not_tested"]
        shares = {k: v * passed * tested for k, v in figures["of_passed"].items()} | {"fail": (1 - passed) * tested}
        shares |= {k: v * figures["not_tested"] for k, v in figures["of_not_tested"].items()}
        out = pd.Series(_by_quantile(shares, draw), dtype=object)
        young = np.isin(np.array(self.population.grades.groups)[grade], ["toddler", "preschool"])
        return out.where(~young)


def _by_quantile(shares: dict[str, float], quantile: np.ndarray) -> np.ndarray:
    keys = np.array(list(shares), dtype=object)
    steps = np.cumsum(list(shares.values()))[:-1]
    return np.asarray(keys[np.searchsorted(steps, quantile, side="right")])


def identifiers(population: Population, pupils: pd.DataFrame, types: np.ndarray) -> tuple[pd.Series, pd.Series]:
    """ID number and student number of pupils; missing where they have none, or leave the second blank where that is allowed."""
    place = population.places.codes[pupils.place]
    number = identity.id_numbers(place, pupils.birth.to_numpy(), pupils.serial.to_numpy())
    kind = pupils.kind.to_numpy()
    passport = np.char.add("E", identity.digits(pupils.number.to_numpy() % 10**8, 8))
    id_number = pd.Series(np.where(kind == PASSPORT, passport, number), dtype=object)
    id_number = id_number.where(~np.isin(kind, [TEMPORARY, WITHOUT_ID]))
    letters = np.array([LETTERS[k] for k in range(5)])[kind]
    ending = np.where(
        np.isin(kind, [TEMPORARY, WITHOUT_ID, PASSPORT]),
        identity.digits(pupils.number.to_numpy() * 7 % 10, 1),
        np.char.ljust(number, 18).astype("U18").view("U1").reshape(len(number), 18)[:, 17] if len(number) else number,
    )
    student_id = pd.Series(np.char.add(np.char.add(letters, number.astype("U17")), ending), dtype=object)
    young = np.isin(np.array(population.grades.groups)[pupils.grade], ["toddler", "preschool"])
    blank = (kind == BLANK) & (young | (types == "366") | (pupils.number.to_numpy() % 8 == 0))
    return id_number, student_id.where(~blank)


def class_names(population: Population, pupils: pd.DataFrame) -> np.ndarray:
    """1班 in most schools; 701班 in some junior schools, 小一班 in some kindergartens."""
    number = pupils.class_no.to_numpy()
    school = pupils.school.to_numpy()
    codes = np.array(population.grades.codes)
    groups = np.array(population.grades.groups)[pupils.grade]
    plain = np.char.add(number.astype(str), "班")
    year = np.array(
        [int(c[1:]) + (6 if g == "junior" else 0) for c, g in zip(codes, population.grades.groups, strict=True)]
    )[pupils.grade]
    numbered = np.char.add((year * 100 + number).astype(str), "班")
    first = np.array(
        [
            "托小中大"[int(c[1:])] if g in ("toddler", "preschool") else ""
            for c, g in zip(codes, population.grades.groups, strict=True)
        ]
    )[pupils.grade]
    chinese = np.array(["", *"一二三四五六七八九", "十", *("十" + c for c in "一二三四五六七八九")])
    worded = np.char.add(
        np.char.add(
            first, np.where(number < len(chinese), chinese[np.minimum(number, len(chinese) - 1)], number.astype(str))
        ),
        "班",
    )
    use_numbered = (groups == "junior") & (school % 3 == 0)
    use_worded = np.isin(groups, ["toddler", "preschool"]) & (school % 2 == 0)
    return np.where(use_numbered, numbered, np.where(use_worded, worded, plain))


def graduates_rows(population: Population, people: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of the list of vocational graduates, for the whole city."""
    cat = population.cat
    rng = stream(population.seed, "destinations", year)
    types = population.schools.school_type.to_numpy()[people.school]
    _, student_id = identifiers(
        population, people.assign(kind=np.where(people.kind == BLANK, NUMBER, people.kind).astype(np.int8)), types
    )
    out = pd.DataFrame({"unit_code": population.unit_of[people.school], "student_id": student_id.to_numpy()})
    out["school_id"] = population.schools.school_id.to_numpy()[people.school]
    majors: list[Any] = cat.data["majors"]
    out["major"] = np.array(majors, dtype=object)[rng.integers(0, len(majors), len(out))]
    out["graduation_year"] = float(cat.collections[year].school_year)
    shares = {k: of_year(v, year) for k, v in cat.data["destinations"].items()}
    out["destination"] = pick(rng, shares, len(out))
    return out.sort_values("school_id", kind="stable").reset_index(drop=True)
