"""The answers, worked out apart: every metric, its progress and the balance indicators from checked rows, in pandas.

Written from the rules alone (README, metric catalogue), with none of the project's SQL: the golden tests compare both. The rules
that hold for all stand in `Oracle`; what a metric counts stands in `MEASURES`, one line each.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ingest.contracts.contract import load_contracts

CITY = "331000"
WEIGHTS = {"toddler": 1.0, "preschool": 1.0, "primary": 1.0, "junior": 1.1, "senior": 1.32, "vocational": 1.32}
COMPULSORY = ["primary", "junior"]
CONTRACTS = load_contracts()
SCHOOL_FORMS = {form: set(contract.covers) for form, contract in CONTRACTS.items() if contract.covers}
BALANCE = {
    "teachers_above_degree": (4.2, 5.3),
    "backbone_teachers": (1.0, 1.0),
    "arts_sports_teachers": (0.9, 0.9),
    "teaching_area": (4.5, 5.8),
    "sports_area": (7.5, 10.2),
    "equipment_value": (2000.0, 2500.0),
    "multimedia_rooms": (2.3, 2.4),
}
CV_LIMITS = {"primary": 0.5, "junior": 0.45}
SECTION_TYPES = ["211", "311", "312", "341", "345"]
BASIC_TYPES = ["211", "218", "311", "312"]
CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
NAN = float("nan")
Pair = tuple[float, float]


def normal(text: object) -> str | None:
    """Text as it is counted distinct: NFKC, spaces collapsed."""
    if not isinstance(text, str):
        return None
    return " ".join(unicodedata.normalize("NFKC", text).split())


def keys(values: pd.Series) -> pd.Series:
    """Normalised text of a column."""
    return pd.Series([normal(v) for v in values], index=values.index, dtype=object)


def class_name_key(name: object) -> str:
    """１班, （1）班 and 一班 are one class."""
    text = re.sub(r"[\s()\[\]{}【】〔〕「」]", "", unicodedata.normalize("NFKC", str(name))).removesuffix("班")
    if text and all(c in CHINESE_DIGITS or c == "十" for c in text):
        tens, _, ones = text.partition("十")
        if "十" in text and len(tens) <= 1 and len(ones) <= 1:
            return str((CHINESE_DIGITS[tens] if tens else 1) * 10 + (CHINESE_DIGITS[ones] if ones else 0))
        return "".join(str(CHINESE_DIGITS.get(c, "")) for c in text)
    return text


def true(values: pd.Series) -> pd.Series:
    """A blank yes/no counts as not true."""
    return values.astype("boolean").fillna(False).astype(bool)


@dataclass
class Seeds:
    """Calendar, units, codes and the metric catalogue."""

    folder: Path

    def _read(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv", dtype=str, keep_default_na=False)

    def _rows(self, name: str) -> list[dict[str, str]]:
        return [{str(key): str(text) for key, text in row.items()} for row in self._read(name).to_dict("records")]

    @cached_property
    def collections(self) -> list[dict[str, str]]:
        return sorted(self._rows("collections"), key=lambda c: c["collection_id"])

    @cached_property
    def kinds(self) -> dict[str, str]:
        units = self._read("reporting_units")
        return dict(zip(units.unit_code, units.kind, strict=True))

    @cached_property
    def groups(self) -> dict[str, dict[str, str]]:
        return {
            str(name): dict(zip(rows.code, rows.group, strict=True))
            for name, rows in self._read("codes").groupby("code_list")
        }

    @cached_property
    def metrics(self) -> list[dict[str, str]]:
        return self._rows("metrics")

    def units(self, *kinds: str) -> list[str]:
        return [unit for unit, kind in self.kinds.items() if kind in kinds]


@dataclass
class Returns:
    """The current, accepted rows of one collection, with what follows from them."""

    seeds: Seeds
    collection: dict[str, str]
    frames: dict[str, pd.DataFrame]
    received: set[tuple[str, str]]
    mentioned: set[tuple[str, str, str]]
    covered: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def as_of(self) -> pd.Timestamp:
        return pd.Timestamp(self.collection["as_of_date"])

    @cached_property
    def register(self) -> pd.DataFrame:
        r = self.frames["school_register"].copy()
        r["group"] = r.school_type.map(self.seeds.groups["school_type"])
        r["area"] = r.urban_rural.map(self.seeds.groups["urban_rural"])
        return r

    @cached_property
    def schools(self) -> pd.DataFrame:
        """Open schools."""
        return self.register[self.register.status == "open"]

    @cached_property
    def types(self) -> dict[str, str]:
        return dict(zip(self.register.school_id, self.register.school_type, strict=True))

    @cached_property
    def pupils(self) -> pd.DataFrame:
        p = self.frames["student_roster"].copy()
        p["stage"] = p.grade.map(self.seeds.groups["grade"])
        p["is_special"] = p.school_id.map(self.types).map(self.seeds.groups["school_type"]) == "special"
        return p

    @cached_property
    def teachers(self) -> pd.DataFrame:
        t = self.frames["teacher_roster"]
        t = t[t.post == "teaching"].copy()
        t["degree_group"] = t.degree.map(self.seeds.groups["degree"])
        return t

    def coverage(self, forms: tuple[str, ...], units: tuple[str, ...]) -> tuple[int, int]:
        """Open schools of units that the forms cover, and those that stand in every form that covers them."""
        if (forms, units) not in self.covered:
            own = of(self.schools, list(units))
            expected = own[own.group.isin(set().union(*(SCHOOL_FORMS[f] for f in forms)))]
            good = pd.Series(True, index=expected.index)
            for form in forms:
                at = zip(expected.unit_code, expected.school_id, strict=True)
                present = pd.Series([(u, form, s) in self.mentioned for u, s in at], index=expected.index, dtype=bool)
                good &= present | ~expected.group.isin(SCHOOL_FORMS[form])
            self.covered[forms, units] = len(expected), int(good.sum())
        return self.covered[forms, units]

    def school_form(self, form: str) -> pd.DataFrame:
        """Open schools of the register with their row of a form."""
        rows = self.frames[form].drop(columns=["collection_id", "document_id"], errors="ignore")
        return self.schools.merge(rows, on=["unit_code", "school_id"], how="left")

    @cached_property
    def compulsory(self) -> pd.DataFrame:
        """Open schools with their pupils by stage and what of their assets belongs to primary and to junior pupils."""
        counts = self.pupils.groupby(["school_id", "stage"]).size().unstack(fill_value=0)
        counts = counts.reindex(columns=list(WEIGHTS), fill_value=0).astype(float)
        weighted = sum((counts[s] * w for s, w in WEIGHTS.items()), start=pd.Series(0.0, index=counts.index))
        out = self.school_form("school_conditions").set_index("school_id")
        for stage in COMPULSORY:
            out[stage] = counts[stage].reindex(out.index).fillna(0.0)
            out[f"share_{stage}"] = (counts[stage] * WEIGHTS[stage] / weighted).reindex(out.index).fillna(0.0)
        return out

    def staff(self, stages: list[str], chosen: pd.Series | None = None) -> pd.Series:
        """Teaching staff of stages by school."""
        t = self.teachers if chosen is None else self.teachers[chosen]
        return t[t.stage_taught.isin(stages)].groupby("school_id").size()

    @cached_property
    def sections(self) -> pd.DataFrame:
        """School sections with the seven indicators."""
        parts = [self._sections(stage) for stage in COMPULSORY]
        return pd.concat(parts, ignore_index=True)

    def _sections(self, stage: str) -> pd.DataFrame:
        s = self.compulsory
        s = s[s.school_type.isin(SECTION_TYPES) & (s[stage] > 0)]
        t = self.teachers
        above = t.degree_group.isin(["postgraduate", "bachelor"] + (["college"] if stage == "primary" else []))
        backbone = t.backbone.isin(["county", "city", "province", "nation"])
        arts = keys(t.subject).fillna("").astype(str).str.contains("体育|音乐|美术|艺术")
        out = pd.DataFrame({"unit_code": s.unit_code, "stage": stage, "pupils": s[stage]})
        for name, chosen in (
            ("teachers_above_degree", above),
            ("backbone_teachers", backbone),
            ("arts_sports_teachers", arts),
        ):
            out[name] = self.staff([stage], chosen).reindex(s.index).fillna(0) * 100
        for name, factor in (
            ("teaching_area", 1),
            ("sports_area", 1),
            ("equipment_value", 1),
            ("multimedia_rooms", 100),
        ):
            out[name] = s[name].astype(float) * s[f"share_{stage}"] * factor
        line = {name: lines[COMPULSORY.index(stage)] for name, lines in BALANCE.items()}
        per_pupil = pd.DataFrame({name: out[name] / out.pupils for name in BALANCE})
        out["passes"] = (pd.DataFrame({n: per_pupil[n] >= line[n] for n in BALANCE}).sum(axis=1) >= 6) & pd.DataFrame(
            {n: per_pupil[n] >= 0.85 * line[n] for n in BALANCE}
        ).all(axis=1)
        return out.reset_index()

    @cached_property
    def active(self) -> pd.DataFrame:
        """Recognitions in force."""
        r = self.frames["recognitions"]
        r = r[(r.recognised_on <= self.as_of) & (r.revoked_on.isna() | (r.revoked_on > self.as_of))].copy()
        r["normal_name"] = keys(r["name"])
        return r


# ---- what a metric counts: (numerator, denominator) of a set of units -------------------------------------------------
Measure = Callable[[Returns, list[str]], Pair]


def of(frame: pd.DataFrame, units: list[str]) -> pd.DataFrame:
    return frame[frame.unit_code.isin(units)]


def pupils(
    stages: list[str] | None = None,
    numerator: Callable[[pd.DataFrame], pd.Series] | None = None,
    denominator: Callable[[pd.DataFrame], pd.Series] | None = None,
) -> Measure:
    """Share of pupils of stages."""

    def measure(r: Returns, units: list[str]) -> Pair:
        p = of(r.pupils, units)
        p = p[p.stage.isin(stages)] if stages else p
        below = p if denominator is None else p[denominator(p)]
        return float(numerator(p).sum() if numerator else len(p)), float(len(below))

    return measure


def fitness(r: Returns, units: list[str]) -> Pair:
    p = of(r.pupils, units)
    group = p[p.stage.isin([*COMPULSORY, "senior", "vocational"])].fitness_grade.map(r.seeds.groups["fitness_grade"])
    return float((group == "passed").sum()), float(group.isin(["passed", "failed"]).sum())


def children(inclusive: bool) -> Measure:
    """Children at public kindergartens, or at inclusive ones too."""

    def measure(r: Returns, units: list[str]) -> Pair:
        p = of(r.pupils, units)
        p = p[p.stage == "preschool"].merge(
            r.register[["unit_code", "school_id", "ownership", "inclusive"]], on=["unit_code", "school_id"], how="left"
        )
        good = p.ownership == "public"
        if inclusive:
            good |= (p.ownership == "private") & true(p.inclusive)
        return float(good.sum()), float(len(p))

    return measure


def schools(form: str | None, column: str, groups: list[str] | None = None, types: list[str] | None = None) -> Measure:
    """Share of open schools that have something."""

    def measure(r: Returns, units: list[str]) -> Pair:
        s = of(r.school_form(form) if form else r.schools, units)
        s = s[s.group.isin(groups)] if groups else s[s.school_type.isin(types or [])]
        return float(true(s[column]).sum()), float(len(s))

    return measure


def gigabit(r: Returns, units: list[str]) -> Pair:
    s = of(r.school_form("school_connectivity"), units)
    s = s[s.group.isin(["compulsory", "senior", "vocational", "special"])]
    return float((true(s.man_connected) & (s.bandwidth_mbps.astype(float) >= 1000)).sum()), float(len(s))


def wifi(r: Returns, units: list[str]) -> Pair:
    s = of(r.school_form("school_connectivity"), units)
    s = s[s.group.isin(["compulsory", "senior", "vocational", "special"])]
    return float((true(s.wifi_teaching) & true(s.wifi_office) & true(s.wifi_activity)).sum()), float(len(s))


def townships(r: Returns, units: list[str]) -> Pair:
    s = of(r.register, units).assign(place=lambda f: keys(f.township))
    good = s[(s.status == "open") & (s.ownership == "public") & (s.school_type == "111")]
    return float(len(good[["unit_code", "place"]].drop_duplicates())), float(
        len(s[["unit_code", "place"]].drop_duplicates())
    )


def communities(r: Returns, units: list[str]) -> Pair:
    led = set(keys(r.schools[r.schools.area == "urban"].community_no).dropna())
    s = of(r.schools, units)
    s = s[(s.area == "rural") & s.school_type.isin(["211", "311", "312"])]
    return float(keys(s.community_no).isin(led).sum()), float(len(s))


def teachers(
    stages: list[str],
    good: Callable[[pd.DataFrame], pd.Series],
    among: Callable[[pd.DataFrame], pd.Series] | None = None,
) -> Measure:
    """Share of the teaching staff of stages."""

    def measure(r: Returns, units: list[str]) -> Pair:
        t = of(r.teachers, units)
        t = t[t.stage_taught.isin(stages)]
        t = t[among(t)] if among else t
        return float(good(t).sum()), float(len(t))

    return measure


def degree(stages: list[str], groups: list[str]) -> Measure:
    return teachers(stages, lambda t: t.degree_group.isin(groups))


def per_teacher(stage: str) -> Measure:
    def measure(r: Returns, units: list[str]) -> Pair:
        p = of(r.pupils, units)
        t = of(r.teachers, units)
        return float(((p.stage == stage) & ~p.is_special).sum()), float((t.stage_taught == stage).sum())

    return measure


def small_classes(stage: str, most: int) -> Measure:
    def measure(r: Returns, units: list[str]) -> Pair:
        p = of(r.pupils, units)
        p = p[(p.stage == stage) & ~p.is_special]
        sizes = (
            p.assign(key=p.class_name.map(class_name_key)).groupby(["unit_code", "school_id", "grade", "key"]).size()
        )
        return float((sizes <= most).sum()), float(len(sizes))

    return measure


def passing_sections(r: Returns, units: list[str]) -> Pair:
    s = of(r.sections, units)
    return float(s.passes.sum()), float(len(s))


def town_and_country(column: str | None) -> Measure:
    """A resource per compulsory pupil in the country against the same in town; None: teaching staff."""

    def measure(r: Returns, units: list[str]) -> Pair:
        s = of(r.compulsory, units)
        s = s[s.school_type.isin(BASIC_TYPES)].copy()
        s["people"] = s.primary + s.junior
        if column:
            s["have"] = s[column].astype(float) * (s.share_primary + s.share_junior)
        else:
            s["have"] = r.staff(COMPULSORY).reindex(s.index).fillna(0.0)
        s = s[(s.people > 0) & s.have.notna()]
        halves = [s[s.area == area] for area in ("rural", "urban")]
        rural, urban = (h.have.sum() / h.people.sum() if len(h) else NAN for h in halves)
        return float(rural), float(urban)

    return measure


def sums(
    form: str,
    numerator: list[str],
    denominator: str | None = None,
    where: Callable[[pd.DataFrame], pd.Series] | None = None,
) -> Measure:
    def measure(r: Returns, units: list[str]) -> Pair:
        f = of(r.frames[form], units)
        f = f[where(f)] if where else f
        return float(sum(f[c].astype(float).sum() for c in numerator)), float(
            f[denominator].astype(float).sum()
        ) if denominator else NAN

    return measure


def recognised(category: str, counted: str = "normal_name", levels: list[str] | None = None) -> Measure:
    """Distinct names (schools, counties) with a recognition in force, by the place recognised."""

    def measure(r: Returns, units: list[str]) -> Pair:
        a = r.active[r.active.category == category]
        a = a[a.level.isin(levels)] if levels else a
        if units != [CITY]:
            a = a[a.area_unit_code.isin(units)]
        if counted == "county":
            a = a[a.area_unit_code.isin(r.seeds.units("county"))].assign(county=lambda f: f.area_unit_code)
        return float(a[counted].nunique()), NAN

    return measure


def graduates(r: Returns, units: list[str]) -> Pair:
    g = of(r.frames["vocational_graduates"], units)
    return float(g.destination.isin(["bachelor", "college"]).sum()), float(len(g))


def projects(kind: str | None) -> Measure:
    """New kindergartens, or places of all projects, in use since 2020."""

    def measure(r: Returns, units: list[str]) -> Pair:
        p = of(r.frames["kindergarten_projects"], units)
        p = p[(p.commissioned_on >= pd.Timestamp("2020-01-01")) & (p.commissioned_on <= r.as_of)]
        if kind:
            return float(
                len(p[p.kind == kind].assign(no=lambda f: keys(f.project_no))[["unit_code", "no"]].drop_duplicates())
            ), NAN
        return float(p.places_added.astype(float).sum()), NAN

    return measure


def has_university(r: Returns, units: list[str]) -> Pair:
    c = of(r.frames["community_schools"], units)
    return float(c[c.kind == "senior_university"].unit_code.nunique()), NAN


def adult_schools(r: Returns, units: list[str]) -> Pair:
    c = of(r.frames["community_schools"], units)
    c = c[c.kind == "adult_school"]
    return float(true(c.province_modernised).sum()), float(len(c))


HIGHER = ["postgraduate", "bachelor"]
MEASURES: dict[str, Measure] = {
    "county_basic_modernisation_n": recognised("county_modernised", "county"),
    "county_quality_balanced_share": recognised("county_balanced", "county"),
    "he_ideology_master_studios": recognised("ideology_studio"),
    "moral_education_brand_projects": recognised("moral_brand", levels=["province", "city"]),
    "football_schools": recognised("football_school", "school_id"),
    "fitness_pass_rate": fitness,
    "pe_one_hour_schools": schools("school_practice", "daily_exercise", ["compulsory", "senior"]),
    "new_kindergartens": projects("new"),
    "new_kindergarten_places": projects(None),
    "public_kindergarten_children_share": children(inclusive=False),
    "inclusive_kindergarten_children_share": children(inclusive=True),
    "county_preschool_universal_share": recognised("county_preschool", "county"),
    "township_public_centre_kindergarten": townships,
    "kindergarten_inspection_coverage": schools("school_practice", "inspected", types=["111"]),
    "seven_indicator_pass_schools": passing_sections,
    "ur_building": town_and_country("teaching_area"),
    "ur_equipment": town_and_country("equipment_value"),
    "ur_ict": town_and_country("multimedia_rooms"),
    "ur_teachers": town_and_country(None),
    "ur_funding": town_and_country("expenditure"),
    "pupil_teacher_ratio_primary": per_teacher("primary"),
    "pupil_teacher_ratio_junior": per_teacher("junior"),
    "small_class_share_primary": small_classes("primary", 40),
    "small_class_share_junior": small_classes("junior", 45),
    "edu_community_coverage": communities,
    "internet_plus_coverage": schools("school_connectivity", "internet_plus", types=["211", "311", "312"]),
    "late_start_primary": schools("school_practice", "late_start", types=["211", "312", "345"]),
    "after_school_care": schools("school_practice", "after_school_care", types=["211", "312", "345"]),
    "voc_progression_rate": graduates,
    "modern_voc_schools": recognised("modern_vocational", "school_id"),
    "dual_qualified_share": teachers(
        ["vocational"], lambda t: true(t.dual_qualified), lambda t: t.course_kind == "specialised"
    ),
    "quota_to_junior_share": sums("admission_quota", ["quota"], "planned"),
    "tzc_a_disciplines": recognised("first_class_discipline"),
    "quality_colleges": recognised("key_college"),
    "brand_programmes": recognised("brand_major"),
    "ie_projects_provincial": recognised("industry_project", levels=["province"]),
    "ie_projects_city": recognised("industry_project", levels=["city"]),
    "learning_city_share": recognised("county_learning", "county"),
    "county_elder_university": has_university,
    "modern_adult_school_share": adult_schools,
    "sen_preschool_rate": sums("disabled_children", ["enrolled"], "population", lambda f: f.stage == "preschool"),
    "sen_compulsory_rate": sums("disabled_children", ["enrolled"], "population", lambda f: f.stage == "compulsory"),
    "sen_senior_rate": sums("disabled_children", ["enrolled"], "population", lambda f: f.stage == "senior"),
    "sen_school_building_std": schools("school_conditions", "building_standard", groups=["special"]),
    "sen_equipment_std": schools("school_conditions", "equipment_standard", groups=["special"]),
    "sen_standardised_share": schools("school_conditions", "standardised", groups=["special"]),
    "master_stations": recognised("master_workstation", levels=["nation", "province"]),
    "city_studios": recognised("master_studio", levels=["city"]),
    "research_demo_schools": recognised("training_school", "school_id", ["city"]),
    "kg_teacher_college": degree(["preschool"], [*HIGHER, "college"]),
    "primary_teacher_bachelor": degree(["primary"], HIGHER),
    "junior_teacher_bachelor": degree(["junior"], HIGHER),
    "senior_teacher_bachelor": degree(["senior", "vocational"], HIGHER),
    "junior_teacher_postgrad": degree(["junior"], ["postgraduate"]),
    "senior_teacher_postgrad": degree(["senior", "vocational"], ["postgraduate"]),
    "voc_self_hired_share": sums("vocational_staffing", ["self_recruited"], "staff_total"),
    "teacher_civil_servant_pay_ratio": sums("pay", ["teacher_pay"], "civil_servant_pay"),
    "kg_contract_teacher_pay_ratio": sums("pay", ["kindergarten_contract_pay"], "social_average_pay"),
    "smart_campus_share": schools("school_connectivity", "smart_campus", ["compulsory", "senior", "vocational"]),
    "gigabit_schools": gigabit,
    "wifi_schools": wifi,
    "joint_programmes": recognised("joint_programme"),
    "international_students": sums("overseas_students", ["long_term", "short_term"]),
    "teacher_overseas_share": teachers([*COMPULSORY, "senior"], lambda t: true(t.overseas_study)),
    "sister_school_share": schools("school_practice", "overseas_partner", ["compulsory", "senior"]),
}
INDEX_PARTS = ["ur_building", "ur_equipment", "ur_ict", "ur_teachers", "ur_funding"]
INDEX = "urban_rural_gap_index"
ACHIEVEMENT = "plan_achievement_share"


def declared(target: str, value_kind: str) -> Measure:
    """The figures of a task as the units list it."""

    def measure(r: Returns, units: list[str]) -> Pair:
        items = of(r.frames["progress_items"], units)
        items = items[keys(items["item"]) == target]
        if value_kind in ("count", "milestone"):
            return float((items.status == "done").sum()), NAN
        above = float(items.numerator.astype(float).sum())
        return above, float(items.denominator.astype(float).sum()) if value_kind in ("share", "ratio") else NAN

    return measure


# ---- the rules that hold for all --------------------------------------------------------------------------------------
@dataclass
class Oracle:
    """Works everything out. `truth` holds the current, accepted rows by form, `received` and `mentioned` who delivered what, by school."""

    truth: dict[str, pd.DataFrame]
    received: set[tuple[str, str, str]]
    mentioned: set[tuple[str, str, str, str]]
    seeds: Seeds
    today: date
    _values: list[dict[str, object]] = field(default_factory=list)

    @cached_property
    def returns(self) -> list[Returns]:
        out = []
        for collection in self.seeds.collections:
            name = collection["collection_id"]
            frames = {form: rows[rows.collection_id == name] for form, rows in self.truth.items()}
            received = {(unit, form) for c, unit, form in self.received if c == name}
            mentioned = {(unit, form, school) for c, unit, form, school in self.mentioned if c == name}
            out.append(Returns(self.seeds, collection, frames, received, mentioned))
        return out

    # ---- values -----------------------------------------------------------------------------------------------------
    @cached_property
    def metric_values(self) -> pd.DataFrame:
        """metrics.metric_values."""
        rows = []
        for returns in self.returns:
            for metric in self.seeds.metrics:
                if metric["metric_id"] != ACHIEVEMENT:
                    for unit in [CITY, *self.unit_rows(metric)]:
                        rows.append(self._value(returns, metric, unit))
        frame = pd.DataFrame(rows)
        return pd.concat([frame, self._achievement(frame)], ignore_index=True)

    def unit_rows(self, metric: dict[str, str]) -> list[str]:
        """Units that have a row of their own."""
        if "recognitions" in metric["source_forms"]:
            return self.seeds.units("county", "zone")
        return [u for u in self.seeds.units(*metric["reported_by"].split(";")) if u != CITY]

    def reporters(self, returns: Returns, metric: dict[str, str]) -> tuple[list[str], list[str]]:
        """Units that are expected to deliver, and those that have."""
        expected = self.seeds.units(*metric["reported_by"].split(";"))
        if metric["method"] == "declared":
            items = returns.frames["progress_items"]
            listed = set(items[keys(items["item"]) == metric["target_id"]].unit_code)
            return expected, [u for u in expected if u in listed]
        forms = metric["source_forms"].split(";")
        needed = {u: [f for f in forms if self.seeds.kinds[u] in CONTRACTS[f].suppliers] for u in expected}
        return expected, [u for u in expected if all((u, f) in returns.received for f in needed[u])]

    def _schools(self, returns: Returns, metric: dict[str, str], units: list[str]) -> tuple[int, int]:
        """Open schools that the metric's forms cover, and those that stand in every one that covers them."""
        forms = tuple(f for f in metric["source_forms"].split(";") if f in SCHOOL_FORMS)
        return returns.coverage(forms, tuple(units)) if forms else (0, 0)

    def _value(self, returns: Returns, metric: dict[str, str], unit: str) -> dict[str, object]:
        expected, reported = self.reporters(returns, metric)
        if unit != CITY and "recognitions" not in metric["source_forms"]:
            expected, reported = [unit], [u for u in reported if u == unit]
        schools_expected, schools_reported = self._schools(returns, metric, reported)
        above, below, value = self._figures(returns, metric, unit, reported) if reported else (NAN, NAN, NAN)
        if not reported:
            status = "no_data"
        elif math.isnan(value):
            status, above, below = "not_applicable", NAN, NAN
        else:
            closed = self.today > date.fromisoformat(returns.collection["closes_on"])
            whole = len(reported) == len(expected) and (schools_reported == schools_expected or closed)
            status = "final" if whole else "provisional"
        return {
            "metric_id": metric["metric_id"], "collection_id": returns.collection["collection_id"], "unit_code": unit,
            "numerator": above, "denominator": below, "value": value,
            "units_reported": len(reported), "units_expected": len(expected),
            "schools_reported": schools_reported, "schools_expected": schools_expected, "data_status": status,
        }  # fmt: skip

    def _figures(
        self, returns: Returns, metric: dict[str, str], unit: str, reported: list[str]
    ) -> tuple[float, float, float]:
        """Numerator, denominator and value of one row."""
        name, kind, rule = metric["metric_id"], metric["value_kind"], metric["city_rule"]
        if name == INDEX:
            return NAN, NAN, self._index(returns, unit)
        measure = MEASURES[name] if metric["method"] == "computed" else declared(metric["target_id"], kind)
        if unit == CITY and rule == "min_over_counties":
            ratios = [a / b for a, b in (measure(returns, [u]) for u in reported) if b]
            return NAN, NAN, min(ratios, default=NAN)
        by_place = "recognitions" in metric["source_forms"]
        above, below = measure(returns, ([CITY] if unit == CITY else [unit]) if by_place else reported)
        if rule == "share_of_counties":
            below = float(len(self.seeds.units("county"))) if unit == CITY else 1.0
        if kind in ("count", "sum", "milestone"):
            return above, NAN, above
        return above, below, above / below if below and not math.isnan(above) else NAN

    def _index(self, returns: Returns, unit: str) -> float:
        """Mean of the five ratios, if all have a value."""
        parts = []
        for metric in (m for m in self.seeds.metrics if m["metric_id"] in INDEX_PARTS):
            _, reported = self.reporters(returns, metric)
            mine = reported if unit == CITY else [u for u in reported if u == unit]
            parts.append(self._figures(returns, metric, unit, mine)[2] if mine else NAN)
        return float(np.mean(parts))

    def _achievement(self, values: pd.DataFrame) -> pd.DataFrame:
        """Tier A city rows with their target met, over those that can be judged."""
        tier_a = [m["metric_id"] for m in self.seeds.metrics if m["tier"] == "A"]
        progress = self._progress(values[(values.unit_code == CITY) & values.metric_id.isin(tier_a)])
        rows = []
        for returns in self.returns:
            name = returns.collection["collection_id"]
            own = progress[progress.collection_id == name]
            met, judged = (
                float((own.status == "met").sum()),
                float(own.status.isin(["met", "on_track", "behind", "provisional"]).sum()),
            )
            row: dict[str, object] = {
                "metric_id": ACHIEVEMENT,
                "collection_id": name,
                "unit_code": CITY,
                "schools_reported": 0,
                "schools_expected": 0,
            }
            if returns.collection["is_baseline"] == "true" or not judged:
                row |= {"data_status": "not_applicable"}
            else:
                finals = (
                    values[
                        (values.collection_id == name) & (values.unit_code == CITY) & values.metric_id.isin(tier_a)
                    ].data_status
                    == "final"
                )
                row |= {
                    "numerator": met,
                    "denominator": judged,
                    "value": met / judged,
                    "data_status": "final" if finals.all() else "provisional",
                }
            rows.append(row)
        return pd.DataFrame(rows)

    # ---- progress ---------------------------------------------------------------------------------------------------
    @cached_property
    def target_progress(self) -> pd.DataFrame:
        """metrics.target_progress."""
        return self._progress(self.metric_values)

    def _progress(self, values: pd.DataFrame) -> pd.DataFrame:
        metrics = {m["metric_id"]: m for m in self.seeds.metrics}
        calendar = {c["collection_id"]: c for c in self.seeds.collections}
        baseline = next(c for c in self.seeds.collections if c["is_baseline"] == "true")
        rows: list[dict[str, object]] = []
        for (name, unit), own in values.groupby(["metric_id", "unit_code"], sort=False):
            own = own.sort_values("collection_id")
            first = own[own.collection_id == baseline["collection_id"]].value
            start = float(first.iloc[0]) if len(first) else NAN
            finals: list[tuple[date, float]] = []
            for row in own.to_dict("records"):
                collection = calendar[str(row["collection_id"])]
                if row["data_status"] == "final":
                    finals.append((date.fromisoformat(collection["as_of_date"]), float(row["value"])))
                case = Case(
                    metrics[str(name)],
                    str(unit),
                    collection,
                    baseline,
                    float(row["value"]),
                    float(row["denominator"]),
                    start,
                    str(row["data_status"]),
                    list(finals),
                )
                previous = rows[-1]["status"] if row["collection_id"] != own.collection_id.iloc[0] else None
                key = {"metric_id": name, "collection_id": row["collection_id"], "unit_code": unit}
                rows.append(key | case.answer() | {"previous_status": previous})
        return pd.DataFrame(rows)

    # ---- balance ----------------------------------------------------------------------------------------------------
    def _judged(self, returns: Returns) -> list[str]:
        metric = next(m for m in self.seeds.metrics if m["metric_id"] == "seven_indicator_pass_schools")
        return [u for u in self.reporters(returns, metric)[1] if u != CITY]

    @cached_property
    def balance_indicators(self) -> pd.DataFrame:
        """metrics.balance_indicators."""
        rows = []
        for returns in self.returns:
            for unit in self._judged(returns):
                for stage, place in (("primary", 0), ("junior", 1)):
                    own = returns.sections[(returns.sections.unit_code == unit) & (returns.sections.stage == stage)]
                    for name, lines in BALANCE.items() if len(own) else ():
                        rows.append(
                            {
                                "collection_id": returns.collection["collection_id"],
                                "unit_code": unit,
                                "stage": stage,
                                "indicator": name,
                                **_spread(own, name, lines[place], CV_LIMITS[stage]),
                            }
                        )
        return pd.DataFrame(rows)

    @cached_property
    def balance_readiness(self) -> pd.DataFrame:
        """metrics.balance_readiness."""
        rows = []
        table = self.balance_indicators
        for returns in self.returns:
            name = returns.collection["collection_id"]
            for unit in self._judged(returns):
                own = of(returns.sections, [unit])
                spread = table[(table.collection_id == name) & (table.unit_code == unit)]
                within = int((spread.cv <= spread.cv_limit).sum())
                ready = bool(own.passes.all()) and within == len(spread)
                rows.append(
                    {
                        "collection_id": name,
                        "unit_code": unit,
                        "sections": len(own),
                        "sections_passing": int(own.passes.sum()),
                        "coefficients_within": within,
                        "ready": ready,
                    }
                )
        return pd.DataFrame(rows)

    # ---- facts ------------------------------------------------------------------------------------------------------
    @cached_property
    def enrolment(self) -> pd.DataFrame:
        """Pupils by unit, stage and grade."""
        groups = self.seeds.groups["grade"]
        p = self.truth["student_roster"].assign(stage=lambda f: f.grade.map(groups))
        return p.groupby(["collection_id", "unit_code", "stage", "grade"]).size().reset_index(name="pupils")

    @cached_property
    def qualification(self) -> pd.DataFrame:
        """Staff by unit, stage and degree."""
        t = self.truth["teacher_roster"]
        return (
            t.assign(stage_taught=t.stage_taught.fillna(""))
            .groupby(["collection_id", "unit_code", "stage_taught", "degree"])
            .size()
            .reset_index(name="teachers")
        )

    @cached_property
    def broadband(self) -> pd.DataFrame:
        """Schools and those with a gigabit connection, by unit."""
        c = self.truth["school_connectivity"].assign(
            gigabit=lambda f: true(f.man_connected) & (f.bandwidth_mbps.astype(float) >= 1000)
        )
        return (
            c.groupby(["collection_id", "unit_code"])
            .agg(schools=("gigabit", "size"), gigabit=("gigabit", "sum"))
            .reset_index()
        )


def _spread(own: pd.DataFrame, name: str, line: float, limit: float) -> dict[str, object]:
    """One indicator over the sections of a unit and stage, weighted by pupils."""
    meeting = int((own[name] / own.pupils >= line).sum())
    known = own[own[name].notna()]
    total = known.pupils.sum()
    mean = known[name].sum() / total if total else NAN
    deviation = math.sqrt((known.pupils / total * (known[name] / known.pupils - mean) ** 2).sum()) if total else NAN
    return {
        "sections": len(own),
        "sections_meeting": meeting,
        "mean_value": mean,
        "line": line,
        "cv": deviation / mean if mean else NAN,
        "cv_limit": limit,
    }


@dataclass
class Case:
    """One metric, unit and collection, judged against the target."""

    metric: dict[str, str]
    unit: str
    collection: dict[str, str]
    baseline: dict[str, str]
    value: float
    denominator: float
    start: float
    data_status: str
    finals: list[tuple[date, float]]

    @cached_property
    def due(self) -> date:
        return date.fromisoformat(self.metric["due_on"])

    @cached_property
    def now(self) -> date:
        return date.fromisoformat(self.collection["as_of_date"])

    @cached_property
    def target(self) -> float:
        """The target of this row; none where the catalogue gives units none."""
        if self.unit != CITY and self.metric["unit_target"] != "same":
            return 1.0 if self.metric["unit_target"] == "one" else NAN
        return float(self.metric["target_value"]) if self.metric["target_value"] else NAN

    @cached_property
    def goal(self) -> float:
        """The value that would meet the target."""
        comparator = self.metric["comparator"]
        if comparator in ("baseline_up", "baseline_down"):
            return self.start if self.unit == CITY or self.metric["unit_target"] != "none" else NAN
        if comparator == "between" and self.value > float(self.metric["target_upper"]):
            return float(self.metric["target_upper"])
        return self.target * 0.95 if comparator == "approx" else self.target

    @cached_property
    def gap(self) -> float:
        comparator = self.metric["comparator"]
        if comparator == "none" or math.isnan(self.value) or math.isnan(self.goal):
            return NAN
        if comparator == "between":
            return (
                0.0 if self.target <= self.value <= float(self.metric["target_upper"]) else abs(self.value - self.goal)
            )
        return max(0.0, self.value - self.goal if comparator in ("<=", "baseline_down") else self.goal - self.value)

    def answer(self) -> dict[str, object]:
        return {
            "baseline_value": self.start,
            "target_value": self.target,
            "status": self.status(),
            "status_if_final": self.status(were_final=True),
            "projected_status": self.projected_status(),
            "gap": self.gap,
            "gap_count": self.gap_count(),
            "required_per_year": self.required(),
            "projected_value": self.projected(),
        }

    def status(self, *, were_final: bool = False) -> str:
        if self.data_status in ("no_data", "not_applicable"):
            return self.data_status
        if self.collection is self.baseline:
            return "baseline"
        if self.metric["comparator"] == "none" or (self.unit != CITY and self.metric["unit_target"] == "none"):
            return "monitor"
        if self.data_status == "provisional" and not were_final:
            return "provisional"
        if math.isnan(self.goal):
            return "monitor"
        return "met" if self.gap == 0 else self.pace()

    def pace(self) -> str:
        """On the straight line from the baseline to the target, or behind it."""
        comparator = self.metric["comparator"]
        begin = date.fromisoformat(self.baseline["as_of_date"])
        if (
            comparator not in (">=", "<=", "approx")
            or math.isnan(self.start)
            or self.now > self.due
            or self.due <= begin
        ):
            return "behind"
        line = self.start + (self.goal - self.start) * (self.now - begin).days / (self.due - begin).days
        return "on_track" if (self.value <= line if comparator == "<=" else self.value >= line) else "behind"

    def gap_count(self) -> float:
        """The gap in whole things: pupils, teachers, schools."""
        kind = self.metric["value_kind"]
        if math.isnan(self.gap) or kind not in ("share", "count", "sum"):
            return NAN
        return float(math.ceil(round(self.gap * (self.denominator if kind == "share" else 1), 9)))

    def required(self) -> float:
        if math.isnan(self.gap) or self.gap == 0:
            return self.gap
        days = (self.due - self.now).days
        return self.gap / (days / 365.25) if days > 0 else NAN

    def projected(self) -> float:
        """Least squares through the final values so far, read on the due date."""
        if len(self.finals) < 2:
            return NAN
        days = np.array([d.toordinal() for d, _ in self.finals], dtype=float)
        values = np.array([v for _, v in self.finals])
        centred = days - days.mean()
        slope = (centred * (values - values.mean())).sum() / (centred**2).sum()
        value = float(values.mean() + slope * (self.due.toordinal() - days.mean()))
        kind = self.metric["value_kind"]
        value = max(0.0, value) if kind in ("share", "count", "sum", "milestone") else value
        return min(1.0, value) if kind == "share" else value

    def projected_status(self) -> str | None:
        """Of the projected value on the due date, when the line from the baseline has come to its end."""
        value = self.projected()
        if math.isnan(value):
            return None
        then = replace(self, value=value, data_status="final")
        if self.metric["comparator"] == "none" or math.isnan(then.gap):
            return "monitor"
        return "met" if then.gap == 0 else "behind"
