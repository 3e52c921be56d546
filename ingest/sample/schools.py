"""The city's schools over the years: where they are, what they teach, who runs them, when they open and close, and the register."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.sample.catalogue import Catalogue, apportion, of_year, pick, shifted, stream

NEVER = 99


def build_schools(cat: Catalogue, seed: int, scale: float, years: int) -> pd.DataFrame:
    """One row a school that exists in any of the years; the position in the frame is the school's number everywhere else."""
    rng = stream(seed, "schools")
    schools = pd.concat([_of_type(cat, kind, scale, years) for kind in cat.data["schools"]], ignore_index=True)
    schools = schools.sort_values(["unit_code", "school_type", "opens"], kind="stable").reset_index(drop=True)
    _place(cat, schools, rng)
    _describe(cat, schools, rng)
    _date(cat, schools, rng, years)
    _communities(cat, schools, rng)
    return schools


def _of_type(cat: Catalogue, kind: str, scale: float, years: int) -> pd.DataFrame:
    """Schools of one type by unit: from the beginning, and new ones by year."""
    figures = cat.data["schools"][kind]
    units = list(cat.units)
    weights = [
        cat.unit_figures(u)["weight"] if figures[cat.units[u].kind] or cat.units[u].kind == "county" else 0.0
        for u in units
    ]
    wanted = apportion(round(figures["count"] * scale ** cat.data["scale_power"]), weights)
    least = [figures[cat.units[u].kind] or int(kind in cat.data["extra_schools"].get(u, [])) for u in units]
    counts = np.maximum(wanted, least)
    turnover = cat.data["turnover"]
    new_share = turnover["new_kindergartens"] if kind == "111" else turnover["new_schools"]
    parts = []
    for number, (unit, count) in enumerate(zip(units, counts, strict=True)):
        opens = [0] * int(count)
        for year in range(1, years):
            opens += [year] * int(
                count * new_share * year % 1 + count * new_share
                if count >= 8
                else (number + year) % 23 == int(kind) % 23
            )
        if count:
            parts.append(pd.DataFrame({"unit_code": unit, "school_type": kind, "opens": opens}))
    return pd.concat(parts, ignore_index=True)


def _place(cat: Catalogue, schools: pd.DataFrame, rng: np.random.Generator) -> None:
    """Township, urban-rural class, code and name of every school."""
    township = np.empty(len(schools), dtype=object)
    for unit, rows in schools.groupby("unit_code").groups.items():
        names = cat.unit_figures(str(unit))["townships"]
        kindergartens = int((schools.loc[rows, "school_type"] == "111").sum())
        names = names[: max(2, min(len(names), kindergartens - 1))]
        by_type = schools.loc[rows].groupby("school_type").cumcount().to_numpy()
        township[rows] = [names[k % len(names)] for k in by_type]
    schools["township"] = township
    schools["urban_rural"] = ""
    for ending, shares in cat.data["urban_rural"].items():
        mine = schools.township.str.endswith(ending).to_numpy()
        schools.loc[mine, "urban_rural"] = pick(rng, shares, int(mine.sum()))
    schools.loc[(schools.urban_rural == "") | (schools.school_type == "342"), "urban_rural"] = "111"
    schools.loc[schools.school_type == "218", "urban_rural"] = "220"
    schools["is_urban"] = schools.urban_rural.map(cat.group("urban_rural")) == "urban"
    serial = schools.groupby(schools.school_type.str[:2]).cumcount() + 1
    schools["school_id"] = schools.school_type.str[:2] + "33" + serial.astype(str).str.zfill(6)
    number = schools.groupby(["unit_code", "township", "school_type"]).cumcount() + 1
    place = [cat.short_name(u) + t for u, t in zip(schools.unit_code, schools.township, strict=True)]
    labels = schools.school_type.map({c.code: c.label_zh for c in cat.codes("school_type")})
    schools["school_name"] = [f"{p}第{n}{label}" for p, n, label in zip(place, number, labels, strict=True)]


def _describe(cat: Catalogue, schools: pd.DataFrame, rng: np.random.Generator) -> None:
    """Owner, relative size, and how inclined a private kindergarten is to be recognised as inclusive."""
    figures = schools.school_type.map(cat.data["schools"])
    public = rng.random(len(schools)) < figures.map(lambda f: f["public_share"])
    public |= schools.unit_code == cat.municipal
    schools["ownership"] = np.where(public, "public", "private")
    spread = figures.map(lambda f: f["spread"]).to_numpy(float)
    size = figures.map(lambda f: f.get("size", 1.0)).to_numpy(float)
    schools["weight"] = np.exp(rng.normal(0, spread)) * size * np.where(schools.is_urban, cat.data["urban_size"], 1.0)
    schools.loc[public & (schools.school_type == "111"), "weight"] *= 1.4
    schools["inclusive_rank"] = rng.random(len(schools))


def _date(cat: Catalogue, schools: pd.DataFrame, rng: np.random.Generator, years: int) -> None:
    """When a school was founded, and in which year it is closed, merged or suspended."""
    turnover = cat.data["turnover"]
    n = len(schools)
    old = (rng.integers(1952, 2018, n) - 1970) * 12 + rng.choice([1, 2, 7, 8, 8, 8], n)
    reference = [np.datetime64(c.reference_date, "M").astype(int) for c in cat.collections]
    opened = schools.opens.to_numpy()
    new = np.array([of_year(reference, int(y)) for y in opened]) - rng.integers(0, 5, n)
    schools["founded_on"] = np.where(opened > 0, new, old).astype("datetime64[M]").astype("datetime64[s]")
    schools["closes"] = NEVER
    schools["suspended"] = NEVER
    mates = (
        schools[opened == 0]
        .groupby(["unit_code", "school_type"])
        .school_id.transform("size")
        .reindex(schools.index, fill_value=0)
    )
    for year in range(1, years):
        able = (
            (opened == 0)
            & (schools.closes == NEVER)
            & (schools.suspended == NEVER)
            & (mates >= 3)
            & schools.school_type.isin(["111", "211", "311", "218"])
        )
        draw = rng.random(n)
        schools.loc[able & (draw < turnover["closed"]), "closes"] = year
        schools.loc[
            able & (draw >= turnover["closed"]) & (draw < turnover["closed"] + turnover["suspended"]), "suspended"
        ] = year


def _communities(cat: Catalogue, schools: pd.DataFrame, rng: np.random.Generator) -> None:
    """Which community a compulsory school may belong to; the rural ones join one by one, by rank."""
    figures = cat.data["community"]
    schools["community_no"] = ""
    schools["community_rank"] = 1.0
    schools["community_type"] = pick(rng, figures["shares_of_types"], len(schools))
    mine = schools.school_type.isin(["211", "311", "312"])
    leads = schools[mine & schools.is_urban & (schools.opens == 0)]
    numbers = pd.Series([f"JG{u[-4:]}{n:03d}" for n, u in enumerate(leads.unit_code)], index=leads.index, dtype=object)
    schools.loc[leads.index, "community_no"] = numbers
    schools.loc[leads.index, "community_rank"] = 0.0
    for index, unit in schools.unit_code[mine & ~schools.is_urban].items():
        near = numbers[leads.unit_code == unit]
        kind = rng.random()
        if kind < figures["without_urban"]:
            schools.at[index, "community_no"] = f"JG{unit[-4:]}9{int(rng.integers(10))}0"
        elif len(numbers):
            pool = numbers if kind < figures["without_urban"] + figures["across_units"] or not len(near) else near
            schools.at[index, "community_no"] = pool.iloc[rng.integers(len(pool))]
        schools.at[index, "community_rank"] = rng.random()


def status_of(schools: pd.DataFrame, year: int) -> np.ndarray:
    """Operating status of every school in a year; blank when it does not exist yet."""
    status = np.where(year >= schools.suspended, "suspended", "open")
    status = np.where(year >= schools.closes, "closed", status)
    return np.where(schools.opens > year, "", status)


def register(cat: Catalogue, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """The school register of a collection: also those that were closed since the first one."""
    status = status_of(schools, year)
    lead = schools.unit_code.map(lambda u: cat.unit_figures(u)["lead"]).to_numpy(float)
    private_kindergarten = (schools.school_type == "111") & (schools.ownership == "private")
    inclusive = schools.inclusive_rank.to_numpy() < shifted(of_year(cat.data["inclusive_share"], year), lead)
    joined = (schools.community_no != "") & (
        schools.community_rank < shifted(of_year(cat.data["community"]["share"], year), lead / 2)
    )
    out = schools[
        ["unit_code", "school_id", "school_name", "township", "urban_rural", "school_type", "ownership"]
    ].copy()
    out["inclusive"] = pd.Series(inclusive, index=schools.index).astype("boolean").where(private_kindergarten)
    out["community_no"] = schools.community_no.where(joined)
    out["community_type"] = schools.community_type.where(joined)
    out["status"] = status
    out["founded_on"] = schools.founded_on
    founded: pd.DataFrame = out[status != ""].reset_index(drop=True)
    return founded
