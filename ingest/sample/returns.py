"""What schools report each year besides people: conditions, network access, practice, and the quotas of senior schools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ingest.sample.catalogue import Catalogue, of_year, shifted, stream
from ingest.sample.pupils import Grades
from ingest.sample.schools import status_of


def open_schools(cat: Catalogue, schools: pd.DataFrame, year: int, groups: tuple[str, ...]) -> pd.DataFrame:
    """Open schools whose type is in these groups; the index is the school's number."""
    group = schools.school_type.map(cat.group("school_type"))
    chosen: pd.DataFrame = schools[(status_of(schools, year) == "open") & group.isin(groups)]
    return chosen


def ranks(schools: pd.DataFrame, seed: int, label: str) -> np.ndarray:
    """A rank that a school keeps over the years: the lower, the earlier it has what the label says."""
    return stream(seed, "rank", label).random(len(schools))


def reached(
    cat: Catalogue, schools: pd.DataFrame, seed: int, label: str, figures: list[float], year: int
) -> np.ndarray:
    """Which schools have reached something, given the share of the year; units with a lead are ahead."""
    lead = schools.unit_code.map(lambda u: cat.unit_figures(u)["lead"]).to_numpy(float)
    return np.asarray(ranks(schools, seed, label) < shifted(of_year(figures, year), lead))


def yes_no(values: np.ndarray, where: pd.Series | np.ndarray) -> pd.Series:
    """Yes/no values, blank where they do not apply."""
    return pd.Series(values).astype("boolean").where(np.asarray(where))


def weighted_pupils(cat: Catalogue, grades: Grades, pupils: pd.DataFrame, schools: pd.DataFrame) -> np.ndarray:
    """Weighted pupils of every school: what its floor area and equipment are meant for."""
    weights = np.array([cat.data["conditions"]["weights"][g] for g in grades.groups])
    return np.bincount(pupils.school.to_numpy(), weights=weights[pupils.grade], minlength=len(schools))


def conditions(
    cat: Catalogue, seed: int, schools: pd.DataFrame, pupils: pd.DataFrame, grades: Grades, year: int
) -> pd.DataFrame:
    """Rows of the form on school conditions for the whole city."""
    rng = stream(seed, "conditions", year)
    figures = cat.data["conditions"]
    people = weighted_pupils(cat, grades, pupils, schools)
    least = {c.name: c.plausible[0] if c.plausible else 1 for c in cat.contracts["school_conditions"].columns}
    out = pd.DataFrame({"unit_code": schools.unit_code, "school_id": schools.school_id})
    for name in ("teaching_area", "sports_area", "equipment_value", "multimedia_rooms", "expenditure"):
        f = figures[name]
        own = np.exp(stream(seed, "conditions", name).normal(0, f["spread"], len(schools)))
        level = np.where(schools.is_urban, f["urban"], f["rural"]) * f["growth"] ** year
        values = np.round(people * level * own * np.exp(rng.normal(0, 0.03, len(schools))), f["digits"])
        out[name] = np.where(rng.random(len(schools)) < figures["blank"], np.nan, np.maximum(values, least[name]))
    special = schools.school_type == "511"
    for name, shares in figures["special"].items():
        out[name] = yes_no(reached(cat, schools, seed, name, shares, year), special).to_numpy()
    return _covered(cat, schools, year, ("compulsory", "senior", "special"), out)


def connectivity(cat: Catalogue, seed: int, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of the form on network access for the whole city."""
    figures = cat.data["connectivity"]
    rng = stream(seed, "connectivity")
    slow, fast = (
        np.array(figures[k])[rng.integers(0, len(figures[k]), len(schools))] for k in ("slow_mbps", "fast_mbps")
    )
    out = pd.DataFrame({"unit_code": schools.unit_code, "school_id": schools.school_id})
    connected = reached(cat, schools, seed, "man_connected", figures["man_connected"], year)
    out["man_connected"] = pd.Series(connected).astype("boolean").to_numpy()
    gigabit = reached(cat, schools, seed, "gigabit", figures["gigabit"], year)
    out["bandwidth_mbps"] = np.where(connected, np.where(gigabit, fast, slow), np.nan)
    for name in ("wifi_teaching", "wifi_office", "wifi_activity", "smart_campus", "internet_plus"):
        where = (
            schools.school_type.isin(["211", "311", "312"]) if name == "internet_plus" else np.ones(len(schools), bool)
        )
        out[name] = yes_no(reached(cat, schools, seed, name, figures[name], year), where).to_numpy()
    return _covered(cat, schools, year, ("compulsory", "senior", "vocational", "special"), out)


def practice(cat: Catalogue, seed: int, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of the form on school practice for the whole city."""
    figures: dict[str, Any] = cat.data["practice"]
    kindergarten = (schools.school_type == "111").to_numpy()
    primary = schools.school_type.isin(["211", "312", "345"]).to_numpy()
    applies = {
        "daily_exercise": ~kindergarten,
        "after_school_care": primary,
        "late_start": primary,
        "inspected": kindergarten,
        "overseas_partner": ~kindergarten,
    }
    out = pd.DataFrame({"unit_code": schools.unit_code, "school_id": schools.school_id})
    for name, where in applies.items():
        values = reached(cat, schools, seed, name, figures[name], year)
        blank = ~values & (stream(seed, "blank", name, year).random(len(schools)) < figures["left_blank"] * 4)
        out[name] = yes_no(values, where & ~blank).to_numpy()
    return _covered(cat, schools, year, ("kindergarten", "compulsory", "senior"), out)


def quotas(cat: Catalogue, seed: int, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of the form on the places of key senior schools that are allocated to junior schools."""
    figures = cat.data["admission_quota"]
    senior = open_schools(cat, schools, year, ("senior",))
    senior = senior[(senior.school_type != "345") & (senior.unit_code.isin(cat.suppliers("admission_quota")))]
    rng = stream(seed, "quota", year)
    low, high = figures["planned"]
    planned = stream(seed, "planned").integers(low // 40, high // 40 + 1, len(schools))[senior.index] * 40
    share = np.clip(of_year(figures["share"], year) + rng.normal(0, figures["spread"], len(senior)), 0.4, 1.0)
    out = pd.DataFrame({"unit_code": senior.unit_code, "school_id": senior.school_id, "planned": planned.astype(float)})
    out["quota"] = np.round(out.planned * share)
    return out.reset_index(drop=True)


def _covered(
    cat: Catalogue, schools: pd.DataFrame, year: int, groups: tuple[str, ...], rows: pd.DataFrame
) -> pd.DataFrame:
    return rows.loc[open_schools(cat, schools, year, groups).index].reset_index(drop=True)
