"""The short returns of units and of the municipal office: projects, disabled children, pay, recognitions, community schools,
colleges, and the progress of key tasks. They do not shrink with scale."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ingest.reference import Metric
from ingest.sample.catalogue import Catalogue, apportion, of_year, shifted, stream
from ingest.sample.pupils import Grades


def kindergarten_projects(cat: Catalogue, seed: int, year: int) -> pd.DataFrame:
    """The ledger of kindergarten projects so far: finished ones of every year, and those under way."""
    figures = cat.data["kindergarten_projects"]
    units = cat.suppliers("kindergarten_projects")
    weights = [cat.unit_figures(u)["weight"] for u in units]
    rows = []
    for batch in range(year + 1):
        rng = stream(seed, "projects", batch)
        wanted = of_year(figures["yearly"], batch)
        calendar = cat.collections[min(batch, len(cat.collections) - 1)]
        first = np.datetime64(date(calendar.school_year if batch else calendar.school_year - 1, 1, 1))
        for unit, count in zip(units, apportion(wanted if batch else figures["before"] * 3, weights), strict=True):
            for n in range(int(count)):
                kind = "extension" if rng.random() < figures["extension_share"] else "new"
                done = first + int(rng.integers(30, 360))
                late = rng.random() < figures["unfinished"] * 3 and batch == year
                rows.append(
                    (
                        unit,
                        f"XJ{calendar.school_year}{unit[-3:]}{n + 1:03d}",
                        kind,
                        float(rng.integers(*figures["places"]) // 10 * 10),
                        pd.NaT if late else done,
                    )
                )
    out = pd.DataFrame(rows, columns=["unit_code", "project_no", "kind", "places_added", "commissioned_on"])
    names = [
        f"{cat.short_name(u)}{cat.unit_figures(u)['townships'][i % 3]}新建第{i % 40 + 1}幼儿园"
        for i, u in enumerate(out.unit_code)
    ]
    out.insert(2, "kindergarten_name", names)
    out["commissioned_on"] = out.commissioned_on.astype("datetime64[s]")
    return out


def disabled_children(
    cat: Catalogue, seed: int, pupils: pd.DataFrame, unit_of: np.ndarray, grades: Grades, year: int
) -> pd.DataFrame:
    """School-age children with a disability, and those enrolled: what the rosters hold, but for a few units that count otherwise."""
    rng = stream(seed, "disabled", year)
    disabled = pupils[pupils.disability >= 0]
    stage = np.array([cat.data["stages_of_disabled"][g] for g in grades.groups])[disabled.grade]
    counted = (
        pd.Series(1, index=pd.MultiIndex.from_arrays([unit_of[disabled.school], stage])).groupby(level=[0, 1]).sum()
    )
    rows = []
    for unit in cat.suppliers("disabled_children"):
        lead = cat.unit_figures(unit)["lead"]
        for code in cat.codes("disability_stage"):
            enrolled = float(counted.get((unit, code.code), 0)) + (6 if rng.random() < 0.08 else 0)
            rate = float(shifted(of_year(cat.data["disabled_rates"][code.code], year), lead / 2))
            population = max(enrolled, np.round(enrolled / rate + rng.normal(0, 0.2)))
            rows.append((unit, code.code, population, enrolled))
    return pd.DataFrame(rows, columns=["unit_code", "stage", "population", "enrolled"])


def pay(cat: Catalogue, seed: int, year: int) -> pd.DataFrame:
    """Average pay of teachers and those they are compared with, by county."""
    figures = cat.data["pay"]
    rows = []
    for unit in cat.suppliers("pay"):
        own = stream(seed, "pay", unit)
        now = stream(seed, "pay", unit, year)

        def level(name: str, own: np.random.Generator = own) -> float:
            f = figures[name]
            return float(f["start"] * f["growth"] ** year * (1 + own.normal(0, f["unit_spread"])))

        teacher, social = level("teacher_pay"), level("social_average_pay")
        civil = teacher / (of_year(figures["against_civil_servants"], year) + now.normal(0, 0.006))
        contract = social * (of_year(figures["kindergarten_against_social"], year) + now.normal(0, 0.012))
        rows.append(
            (
                unit,
                float(cat.collections[year].school_year),
                *(float(round(x, -2)) for x in (teacher, civil, contract, social)),
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "unit_code",
            "year",
            "teacher_pay",
            "civil_servant_pay",
            "kindergarten_contract_pay",
            "social_average_pay",
        ],
    )


def community_schools(cat: Catalogue, seed: int, year: int) -> pd.DataFrame:
    """Adult schools of the townships and universities for older people."""
    figures = cat.data["adult_schools"]
    rows: list[tuple[Any, ...]] = []
    for unit in cat.suppliers("community_schools"):
        short = cat.short_name(unit)
        townships = cat.unit_figures(unit)["townships"]
        ranks = stream(seed, "adult", unit).random(len(townships))
        share = float(shifted(of_year(figures["modernised"], year), cat.unit_figures(unit)["lead"]))
        for n, township in enumerate(townships):
            rows.append(
                (
                    unit,
                    f"C{unit[-4:]}{n + 1:03d}",
                    f"{short}{township}成人文化技术学校",
                    "adult_school",
                    township,
                    bool(ranks[n] < share),
                )
            )
        for n in range(figures["senior_universities"] if year or ranks[0] < 0.7 else 0):
            rows.append((unit, f"L{unit[-4:]}{n + 1:03d}", f"{short}老年大学", "senior_university", townships[0], None))
    out = pd.DataFrame(
        rows, columns=["unit_code", "institution_no", "institution_name", "kind", "township", "province_modernised"]
    )
    out["province_modernised"] = out.province_modernised.astype("boolean")
    return out


def colleges(cat: Catalogue, form: str, year: int) -> pd.DataFrame:
    """Overseas students or staffing of the city's colleges."""
    rows = [
        {
            "unit_code": cat.municipal,
            "institution_name": name,
            **{k: float(of_year(v, year)) for k, v in columns.items()},
        }
        for name, columns in cat.data[form].items()
    ]
    return pd.DataFrame(rows)


# ---- recognitions ---------------------------------------------------------------------------------------------------
def recognitions(cat: Catalogue, seed: int, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Everything recognised so far by the municipal office's list, with what was revoked since."""
    rows: list[dict[str, Any]] = []
    for category, figures in cat.data["recognitions"].items():
        rows += _of_category(cat, seed, schools, year, category, figures)
    out = pd.DataFrame(rows)
    out.insert(0, "unit_code", cat.municipal)
    out.insert(1, "recognition_no", [str(n + 1) for n in range(len(out))])
    for column in ("recognised_on", "revoked_on"):
        out[column] = out[column].astype("datetime64[s]")
    return out


def _of_category(
    cat: Catalogue, seed: int, schools: pd.DataFrame, year: int, category: str, figures: dict[str, Any]
) -> list[dict[str, Any]]:
    """Recognitions of one category: as many in force each year as the data file says, in the order that the seed gives."""
    rng = stream(seed, "recognitions", category)
    subjects = _subjects(cat, schools, rng, figures["each"])
    rows: list[dict[str, Any]] = []
    given = 0
    for batch in range(year + 1):
        goal = of_year(figures["active"], batch)
        for row in rows:
            if (
                pd.isna(row["revoked_on"])
                and row["batch"] < batch
                and rng.random() < cat.data["revoked_share"]
                and figures["each"] != "city"
            ):
                row["revoked_on"] = _day(cat, rng, batch)
        standing = len({row["name"] for row in rows if pd.isna(row["revoked_on"])})
        for _ in range(max(0, goal - standing)):
            if given == len(subjects):
                break
            rows += _recognise(cat, rng, batch, category, figures, subjects[given], given)
            given += 1
    return [{k: v for k, v in row.items() if k != "batch"} for row in rows]


def _subjects(cat: Catalogue, schools: pd.DataFrame, rng: np.random.Generator, each: str) -> list[dict[str, Any]]:
    """Whom recognitions of a category can go to, in random order."""
    if each in ("school", "vocational"):
        group = schools.school_type.map(cat.group("school_type"))
        able = schools[
            group.isin(["compulsory", "senior"] if each == "school" else ["vocational"]) & (schools.opens == 0)
        ]
        records = able.iloc[rng.permutation(len(able))].to_dict("records")
        return [{"school": r["school_name"], "school_id": r["school_id"], "area": r["unit_code"]} for r in records]
    if each == "county":
        counties = cat.units_of("county")
        return [{"area": counties[i]} for i in rng.permutation(len(counties))]
    if each == "unit":
        units = cat.units_of("county", "zone", "municipal")
        return [{"area": units[i]} for i in rng.integers(0, len(units), 400)]
    return [{"area": cat.municipal} for _ in range(400)]


def _recognise(
    cat: Catalogue,
    rng: np.random.Generator,
    batch: int,
    category: str,
    figures: dict[str, Any],
    subject: dict[str, Any],
    given: int,
) -> list[dict[str, Any]]:
    """One recognition; some projects are named at two levels."""
    shares = cat.data["recognition_level_shares"][: len(figures["level"])]
    level = figures["level"][int(rng.choice(len(shares), p=np.array(shares) / sum(shares)))]
    levels = figures["level"][:2] if rng.random() < figures.get("both_levels", 0) else [level]
    name = figures["name"].format(
        unit=cat.units[subject["area"]].name_zh, school=subject.get("school", ""), n=given + 1
    )
    on = _day(cat, rng, batch)
    base = {
        "category": category,
        "name": name,
        "school_id": subject.get("school_id"),
        "area_unit_code": subject["area"],
        "recognised_on": on,
        "revoked_on": np.datetime64("NaT"),
        "batch": batch,
    }
    return [
        base | {"level": each, "document_no": f"台教〔{str(on)[:4]}〕{int(rng.integers(1, 120))}号"} for each in levels
    ]


def _day(cat: Catalogue, rng: np.random.Generator, batch: int) -> np.datetime64:
    """A day in the calendar year of a collection; those before the first one lie further back."""
    end = np.datetime64(cat.collections[min(batch, len(cat.collections) - 1)].as_of_date)
    return end - int(rng.integers(5, 340) + (rng.integers(0, 700) if batch == 0 else 0))


# ---- progress of key tasks ------------------------------------------------------------------------------------------
def progress_items(cat: Catalogue, seed: int, year: int) -> pd.DataFrame:
    """Progress of the declared tasks, of every kind of unit that is asked about them."""
    rows = []
    for target, metric in cat.reference.declared_targets.items():
        kinds = metric.reported_by.split(";")
        for unit in cat.units_of(*kinds):
            rows.append(
                {
                    "unit_code": unit,
                    "item": target,
                    "item_name": metric.name_zh,
                    **_progress(cat, seed, metric, unit, year),
                }
            )
    out = pd.DataFrame(rows).sort_values(["unit_code", "item"], kind="stable").reset_index(drop=True)
    out["completed_on"] = out.completed_on.astype("datetime64[s]")
    out["evidence"] = pd.Series("见附件", index=out.index).where(out.status == "done")
    return out


def _progress(cat: Catalogue, seed: int, metric: Metric, unit: str, year: int) -> dict[str, Any]:
    """Status, figures and date of one task of one unit."""
    figures = cat.data["progress"]
    if metric.value_kind == "milestone":
        return _dated(cat, seed, metric, unit, year, figures["milestones"].get(metric.target_id, 99))
    if metric.value_kind == "count":
        counties = cat.units_of("county")
        order = list(stream(seed, "counties", metric.target_id).permutation(len(counties)))
        place = order[counties.index(unit)] if unit in counties else 99
        done = next((y for y in range(year + 1) if place < of_year(figures["counties_done"], y)), 99)
        return _dated(cat, seed, metric, unit, year, done)
    if metric.value_kind == "sum":
        value = of_year(figures["sums"].get(metric.target_id, figures["sums"]["default"]), year)
        spread = stream(seed, "sum", metric.target_id, unit).integers(0, 3) if unit != cat.municipal and value else 0
        return {
            "status": "ongoing",
            "numerator": float(value + spread * (value > 3)),
            "denominator": np.nan,
            "completed_on": np.datetime64("NaT"),
        }
    return _share(cat, seed, metric, unit, year)


def _share(cat: Catalogue, seed: int, metric: Metric, unit: str, year: int) -> dict[str, Any]:
    """Numerator and denominator of a share or ratio."""
    figures = cat.data["progress"]
    own = stream(seed, "share", metric.target_id, unit)
    base = figures["counts"]["default"] * cat.unit_figures(unit)["weight"] / 10
    denominator = float(max(4, round(base * (1 + own.normal(0, figures["counts"]["spread"])))))
    if metric.value_kind == "ratio":
        per = of_year(figures["per_1000"].get(metric.target_id, [1.0]), year)
        return {
            "status": "ongoing",
            "numerator": float(round(denominator * per)),
            "denominator": denominator,
            "completed_on": np.datetime64("NaT"),
        }
    path = figures["shares"].get(metric.target_id, figures["shares"]["default"])
    share = float(shifted(of_year(path, year), cat.unit_figures(unit)["lead"] / 3 + own.normal(0, 0.1)))
    if metric.target_id in figures["whole"] and year >= len(path) - 1:
        share = 1.0
    if cat.units[unit].kind == "zone" and metric.target_id.startswith("T02.1"):
        return {"status": "not_started", "numerator": 0.0, "denominator": 0.0, "completed_on": np.datetime64("NaT")}
    numerator = float(np.floor(denominator * share + 0.5))
    done = numerator == denominator
    status = "done" if done else "ongoing"
    return {
        "status": status,
        "numerator": numerator,
        "denominator": denominator,
        "completed_on": _day_before(cat, seed, metric, unit, year) if done else np.datetime64("NaT"),
    }


def _dated(cat: Catalogue, seed: int, metric: Metric, unit: str, year: int, done_in: int) -> dict[str, Any]:
    """A task that is done from one collection on."""
    if year >= done_in:
        return {
            "status": "done",
            "numerator": np.nan,
            "denominator": np.nan,
            "completed_on": _day_before(cat, seed, metric, unit, done_in),
        }
    status = "ongoing" if year >= done_in - 2 or year else "not_started"
    return {"status": status, "numerator": np.nan, "denominator": np.nan, "completed_on": np.datetime64("NaT")}


def _day_before(cat: Catalogue, seed: int, metric: Metric, unit: str, year: int) -> np.datetime64:
    end = np.datetime64(cat.collections[min(year, len(cat.collections) - 1)].as_of_date)
    return end - int(stream(seed, "done", metric.target_id, unit, year).integers(3, 200))
