"""The city's staff: who teaches what at which school, retires and is hired; and the rows of their rosters.

What improves over the years (degrees, double qualification, study abroad) follows from a rank that every person keeps and the
share of the year, so that nobody loses a degree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingest.sample import identity
from ingest.sample.catalogue import Catalogue, of_year, pick, shifted, stream
from ingest.sample.pupils import Grades, Places
from ingest.sample.schools import status_of

STAGES = ("preschool", "primary", "junior", "senior", "vocational", "special")
NOT_TEACHING = len(STAGES)


@dataclass
class Staff:
    """Draws teachers and lets them go, so that every school has what its pupils ask for."""

    cat: Catalogue
    seed: int
    schools: pd.DataFrame
    serials: identity.Serials
    places: Places
    grades: Grades
    _next_number: int = 0

    def first(self, pupils: pd.DataFrame) -> pd.DataFrame:
        """Staff of the first collection."""
        rng = stream(self.seed, "staff", 0)
        needed = self._needed(pupils, 0)
        return self._hire(
            rng,
            needed.school.to_numpy().repeat(needed["count"]),
            needed.stage.to_numpy().repeat(needed["count"]),
            0,
            ages=(23, 60),
        )

    def next(self, staff: pd.DataFrame, pupils: pd.DataFrame, year: int) -> pd.DataFrame:
        """Staff of the next collection: some retire or leave, schools hire or let go to fit their pupils."""
        rng = stream(self.seed, "staff", year)
        reference = np.datetime64(self.cat.collections[year].reference_date, "D")
        age = (reference - staff.birth.to_numpy().astype("datetime64[D]")).astype(np.int64) / 365.25
        goes = (age >= self.cat.data["teachers"]["retirement_age"]) | (
            rng.random(len(staff)) < self.cat.data["teachers"]["leaves"]
        )
        goes |= status_of(self.schools, year)[staff.school] != "open"
        staff = staff[~goes]
        needed = self._needed(pupils, year).set_index(["school", "stage"])["count"]
        rank = staff.groupby(["school", "stage"]).cumcount().to_numpy()
        limit = needed.reindex(pd.MultiIndex.from_frame(staff[["school", "stage"]])).fillna(0).to_numpy()
        staff = staff[rank < limit]
        open_posts = needed.sub(staff.groupby(["school", "stage"]).size(), fill_value=0).astype(int)
        missing = open_posts[open_posts > 0].reset_index(name="count")
        new = self._hire(
            rng,
            missing.school.to_numpy().repeat(missing["count"]),
            missing.stage.to_numpy().repeat(missing["count"]),
            year,
            ages=(22, 35),
        )
        return pd.concat([staff, new], ignore_index=True)

    def _needed(self, pupils: pd.DataFrame, year: int) -> pd.DataFrame:
        """How many people every school wants, by stage; the rest of its staff does not teach."""
        figures = self.cat.data["teachers"]
        special = self.schools.school_type.to_numpy()[pupils.school] == "511"
        groups = np.array(["preschool" if g == "toddler" else g for g in self.grades.groups])[pupils.grade]
        stage = pd.Series(np.where(special, "special", groups)).map({s: i for i, s in enumerate(STAGES)})
        counts = (
            pd.DataFrame({"school": pupils.school.to_numpy(), "stage": stage.to_numpy()})
            .value_counts()
            .reset_index(name="pupils")
            .sort_values(["school", "stage"])
        )
        ratio = np.array([of_year(figures["pupils_per_teacher"][s], year) for s in STAGES])[counts.stage]
        own = 1 + 0.12 * np.sin(counts.school.to_numpy() * 1.7)
        counts["count"] = np.maximum(1, np.round(counts.pupils / (ratio * own))).astype(int)
        teaching = figures["posts"]["teaching"]
        others = (
            counts.groupby("school")["count"]
            .sum()
            .mul((1 - teaching) / teaching)
            .round()
            .astype(int)
            .clip(lower=1)
            .reset_index()
        )
        others["stage"] = NOT_TEACHING
        return pd.concat([counts[["school", "stage", "count"]], others], ignore_index=True)

    def _hire(
        self, rng: np.random.Generator, school: np.ndarray, stage: np.ndarray, year: int, ages: tuple[int, int]
    ) -> pd.DataFrame:
        """Makes the people for these posts."""
        n = len(school)
        reference = np.datetime64(self.cat.collections[year].reference_date, "D")
        birth = reference - (rng.uniform(ages[0], ages[1], n) * 365.25).astype("timedelta64[D]")
        unit = self.schools.unit_code.to_numpy()[school]
        place = np.array([self.places.of_unit[u] for u in unit], dtype=np.int64)
        place = np.where(rng.random(n) < 0.2, rng.integers(self.places.counties, len(self.places.codes), n), place)
        is_male = (rng.random(n) < np.where(stage == 0, 0.03, 0.34)).astype(np.int64)
        frame = pd.DataFrame(
            {
                "number": np.arange(n) + self._next_number,
                "school": school.astype(np.int32),
                "stage": stage.astype(np.int8),
            }
        )
        frame["birth"] = birth
        frame["place"] = place.astype(np.int8)
        frame["is_male"] = is_male.astype(np.int8)
        frame["serial"] = self.serials.take(place, birth, is_male)
        frame["name_code"] = rng.integers(0, 2**31, n).astype(np.int32)
        for rank in ("degree_rank", "backbone_rank", "dual_rank", "overseas_rank", "shown_rank"):
            frame[rank] = rng.random(n).astype(np.float32)
        frame["subject"] = self._subjects(rng, stage)
        frame["post"] = np.where(
            stage == NOT_TEACHING,
            pick(rng, {k: v for k, v in self.cat.data["teachers"]["posts"].items() if k != "teaching"}, n),
            "teaching",
        )
        private = self.schools.ownership.to_numpy()[school] == "private"
        shares = self.cat.data["teachers"]["establishments"]
        frame["establishment"] = np.where(private, pick(rng, shares["private"], n), pick(rng, shares["public"], n))
        self._next_number += n
        return frame

    def _subjects(self, rng: np.random.Generator, stage: np.ndarray) -> np.ndarray:
        out = np.full(len(stage), None, dtype=object)
        for index, name in enumerate(STAGES):
            mine = stage == index
            subjects = np.array(self.cat.data["teachers"]["subjects"][name], dtype=object)
            out[mine] = subjects[rng.integers(0, len(subjects), int(mine.sum()))]
        return out


def teacher_rows(staff_of: Staff, staff: pd.DataFrame, year: int, unit: str) -> pd.DataFrame:
    """Rows of a unit's teacher roster."""
    cat, schools = staff_of.cat, staff_of.schools
    mine = staff[schools.unit_code.to_numpy()[staff.school] == unit].sort_values(["school", "number"], kind="stable")
    stage = np.array([*STAGES, ""], dtype=object)[mine.stage]
    teaching = mine.stage.to_numpy() != NOT_TEACHING
    out = pd.DataFrame(
        {"unit_code": unit, "teacher_id": np.char.add("3310", identity.digits(mine.number.to_numpy() + 100_000, 9))}
    )
    out["name"] = identity.names(cat.data["names"]["surnames"], cat.data["names"]["given"], mine.name_code.to_numpy())
    out["id_number"] = _papers(staff_of, mine)
    nameless = out.id_number.str.fullmatch(r"\d{17}[\dX]", na=False) & (mine.number.to_numpy() % 29 == 0)
    out["teacher_id"] = out.teacher_id.astype(object).where(~nameless)
    out["sex"] = np.where(mine.is_male, "M", "F")
    out["birth_date"] = mine.birth.to_numpy().astype("datetime64[s]")
    out["school_id"] = schools.school_id.to_numpy()[mine.school]
    out["post"] = mine.post.to_numpy()
    out["stage_taught"] = pd.Series(stage).where(teaching)
    out["subject"] = mine.subject.to_numpy()
    out["degree"] = _degrees(cat, mine, year, unit)
    out["establishment"] = mine.establishment.to_numpy()
    says_it = pd.Series(int(unit) % 2 == 0, index=out.index)
    out["is_established"] = (out.establishment == "established").astype("boolean").where(says_it)
    out["backbone"] = _backbone(cat, mine, year, teaching)
    vocational = pd.Series(stage == "vocational")
    general = pd.Series(mine.subject.isin(cat.data["teachers"]["general_subjects"]).to_numpy())
    dual = mine.dual_rank.to_numpy() < shifted(
        of_year(cat.data["teachers"]["dual_qualified"], year), cat.unit_figures(unit)["lead"] / 3
    )
    out["dual_qualified"] = pd.Series(dual & ~general.to_numpy()).astype("boolean").where(vocational)
    out["course_kind"] = pd.Series(np.where(general, "general", "specialised"), dtype=object).where(vocational)
    overseas = mine.overseas_rank.to_numpy() < of_year(cat.data["teachers"]["overseas_study"], year)
    out["overseas_study"] = pd.Series(overseas).astype("boolean").where(overseas | (mine.shown_rank.to_numpy() < 0.8))
    out["staff_status"] = None
    return out


def _papers(staff_of: Staff, mine: pd.DataFrame) -> pd.Series:
    """ID numbers; some are left out, a few people have a passport."""
    figures = staff_of.cat.data["teachers"]
    number = identity.id_numbers(staff_of.places.codes[mine.place], mine.birth.to_numpy(), mine.serial.to_numpy())
    passport = np.char.add("M", identity.digits(mine.number.to_numpy(), 8))
    shown = mine.shown_rank.to_numpy()
    out = pd.Series(np.where(shown > 1 - figures["passport"], passport, number), dtype=object)
    return out.where(shown >= figures["id_left_out"])


def _degrees(cat: Catalogue, mine: pd.DataFrame, year: int, unit: str) -> np.ndarray:
    """Degree by the person's rank: the lower the rank, the higher the degree; units ahead of others are so here too."""
    figures = cat.data["teachers"]
    codes = np.array(figures["degrees"], dtype=object)
    out = np.empty(len(mine), dtype=object)
    lead = cat.unit_figures(unit)["lead"]
    for index, name in enumerate([*STAGES, "none"]):
        members = mine.stage.to_numpy() == index
        steps = shifted_steps(np.cumsum(of_year(figures["degree_shares"][name], year))[:-1], lead / 3)
        out[members] = codes[np.searchsorted(steps, mine.degree_rank.to_numpy()[members], side="right")]
    return out


def shifted_steps(steps: np.ndarray, lead: float) -> np.ndarray:
    """Cumulative shares, each moved by the lead."""
    return np.array([float(shifted(float(step), lead)) for step in steps])


def _backbone(cat: Catalogue, mine: pd.DataFrame, year: int, teaching: np.ndarray) -> pd.Series:
    """Level as backbone teacher; some schools write none, some leave it blank."""
    shares = {level: of_year(figures, year) for level, figures in cat.data["teachers"]["backbone"].items()}
    levels = np.array([*shares, "none"], dtype=object)
    drawn = pd.Series(
        levels[np.searchsorted(np.cumsum(list(shares.values())), mine.backbone_rank.to_numpy(), side="right")],
        dtype=object,
    )
    return drawn.where(teaching & ((drawn != "none") | (mine.shown_rank.to_numpy() < 0.6)))
