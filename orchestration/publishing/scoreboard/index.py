"""The data of the index page: every metric, collection and unit with its figures as they are written."""

from __future__ import annotations

import csv
import re
from datetime import date
from functools import cache
from typing import Any

from ingest.reference import SEEDS_DIR, labels
from orchestration.publishing.scoreboard.figures import Measure
from orchestration.publishing.scoreboard.provisional import Reasons, form_names
from orchestration.publishing.scoreboard.release import MUNICIPAL, Release, Row
from orchestration.publishing.scoreboard.story import Story, relative_gap, tile_map
from orchestration.publishing.scoreboard.words import Text, say, words

COLUMNS = (
    "status",
    "number",
    "value",
    "target",
    "gap_number",
    "gap",
    "points",
    "per_year",
    "projected",
    "numerator",
    "denominator",
    "target_number",
    "baseline",
    "baseline_number",
    "change",
    "is_better",
    "relative_gap",
    "has_target",
    "units",
    "schools",
    "rank",
    "data_status",
    "if_final",
    "projected_status",
    "queries",
    "reasons",
    "waits_for",
)
"""Of a row of `rows`, which is a list to keep the page small."""


def index_data(release: Release, today: date, *, with_questions: bool = True) -> dict[str, Any]:
    """Everything about metrics that the page's script needs, ready for JSON; questions quote values and name schools."""
    reasons: dict[Text, int] = {}
    why = Reasons(release)
    rows = _rows(release, today, why, reasons)
    return {
        "today": str(today),
        "columns": COLUMNS,
        "collections": [collection_data(each) for each in release.collections],
        "latest": release.latest,
        "city": release.city_code,
        "areas": areas_data(release),
        "told": Story(release, why).of_all(),
        "statuses": _statuses(),
        "tiers": pairs("tier"),
        "projects": _projects(release),
        "departments": sorted({name for metric in release.metrics for name in departments(metric)}),
        "metrics": [_metric(metric) for metric in release.metrics],
        "rows": rows,
        "reasons": list(reasons),
        "questions": _questions(release) if with_questions else {},
        "waiting": {each["collection_id"]: why.by_unit(each["collection_id"]) for each in release.collections},
    }


def pairs(vocabulary: str) -> dict[str, Text]:
    """Both labels of a vocabulary by code."""
    english = labels(vocabulary, "en")
    return {code: (zh, english[code]) for code, zh in labels(vocabulary).items()}


def departments(metric: Row) -> list[str]:
    """The departments in the lead, one by one; a remark in brackets is not taken apart."""
    return [part for part in re.split(r"[、；;](?![^（]*）)", metric["lead_departments"] or "") if part]


def _rows(
    release: Release, today: date, why: Reasons, reasons: dict[Text, int]
) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """Rows by collection, unit and metric; `reasons` is filled with the sentences that they point to."""
    metrics = {metric["metric_id"]: metric for metric in release.metrics}
    rows: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for (collection, unit, metric), row in release.values.items():
        if metric not in metrics:
            continue
        waits_for = why.waits_for(row)
        cells = _cells(row, metrics[metric], today, unit != release.city_code) | {
            "reasons": [reasons.setdefault(reason, len(reasons)) for reason in why.of(row)],
            "waits_for": reasons.setdefault(waits_for, len(reasons)) if waits_for else None,
        }
        rows.setdefault(collection, {}).setdefault(unit, {})[metric] = [cells[column] for column in COLUMNS]
    return rows


def _cells(row: Row, metric: Row, today: date, of_a_unit: bool) -> dict[str, Any]:
    """The figures of a row as they are written, and as numbers where bars, lines and sorting need them."""
    measure = Measure(metric["value_kind"], metric["unit"], of_a_unit)
    compared = row["baseline_value"] if row["comparator"].startswith("baseline_") else row["target_value"]
    return {
        "status": row["status"],
        "number": _short(row["value"]),
        "value": _text(measure.value(row["value"], compared)),
        "target": _text(
            measure.target(row["comparator"], row["target_value"], row["target_upper"], row["baseline_value"])
        ),
        "gap_number": _short(row["gap"]),
        "gap": _text(measure.gap(row["gap"], row["gap_count"])),
        "points": _text(measure.gap_in_points(row["gap"], row["gap_count"])),
        "per_year": _text(_required(measure, row, today)),
        "projected": _text(say("nothing") if measure.is_flag else measure.value(row["projected_value"])),
        "numerator": measure.part(row["numerator"]),
        "denominator": measure.part(row["denominator"]),
        "target_number": None if row["comparator"] == "none" or measure.is_flag else _short(compared),
        "baseline": _text(measure.value(row["baseline_value"])),
        "baseline_number": _short(row["baseline_value"]),
        "change": _text(measure.change(row["change"]) or say("nothing")),
        "is_better": row["change_is_better"],
        "has_target": row["comparator"] != "none" and not (of_a_unit and metric["unit_target"] == "none"),
        "relative_gap": _short(relative_gap(row)),
        "units": [row["units_reported"], row["units_expected"]],
        "schools": [row["schools_reported"], row["schools_expected"]],
        "rank": [row["rank"], row["ranked_of"]] if row["rank"] else None,
        "data_status": row["data_status"],
        "if_final": row["status_if_final"],
        "projected_status": None if measure.is_flag else row["projected_status"],
        "queries": row["open_queries"],
    }


@cache
def columns_used() -> dict[str, dict[str, list[str]]]:
    """The columns that each computed metric rests on, by form."""
    used: dict[str, dict[str, list[str]]] = {}
    with open(SEEDS_DIR / "metric_columns.csv", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            used.setdefault(row["metric_id"], {})[row["form"]] = row["columns"].split(";")
    return used


def _required(measure: Measure, row: Row, today: date) -> Text:
    """What is required a year; where no year is left, whether the due date has passed as of today."""
    if row["required_per_year"] is None and row["gap"] and row["due_on"] >= today:
        return say("due_now")
    return measure.per_year(row["required_per_year"], row["gap"])


def _text(text: Text) -> str | Text:
    """One string where both languages read the same."""
    return text[0] if text[0] == text[1] else text


def _short(number: float | None) -> float | None:
    """As many digits as sorting and charts need."""
    return None if number is None else float(f"{number:.7g}")


def collection_data(row: Row) -> dict[str, Any]:
    """A collection with the day that its figures are of."""
    return {"id": row["collection_id"], "zh": row["name_zh"], "as_of": str(row["as_of_date"])}


def areas_data(release: Release) -> list[dict[str, Any]]:
    """The city first, then its counties and zones, each with its place on the tile map."""
    places = tile_map(release.areas)
    areas = [
        {
            "code": area["unit_code"],
            "zh": area["area_zh"],
            "en": area["area_en"] or "",
            "kind": area["area_kind"],
            "place": places.get(area["unit_code"]),
        }
        for area in release.areas
    ]
    return [area | {"municipal": _municipal_name(release)} if area["kind"] == "city" else area for area in areas]


def _municipal_name(release: Release) -> Text:
    """Of the unit whose code the city's rows have."""
    unit = next(unit for unit in release.units if unit["kind"] == MUNICIPAL)
    return unit["name_zh"], unit["name_en"] or ""


def _questions(release: Release) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """What waits for an explanation, by collection and by the unit that is asked."""
    asked: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in release.questions:
        of_unit = asked.setdefault(row["collection_id"], {}).setdefault(row["unit_code"], [])
        of_unit.append(
            {
                "form": row["form"],
                "form_zh": row["form_zh"],
                "column": row["column_name"],
                "text": row["message_zh"],
                "count": row["questions"],
            }
        )
    return asked


def _statuses() -> list[dict[str, str]]:
    return [
        {"code": code, "zh": zh, "en": en, "sign": words("sign")[code][0]}
        for code, (zh, en) in pairs("target_status").items()
    ]


def _projects(release: Release) -> list[dict[str, str]]:
    names = {metric["project_no"]: metric["project_zh"] for metric in release.metrics}
    english = words("project")
    return [{"no": no, "zh": names[no] or no, "en": english.get(no, ("", ""))[1]} for no in sorted(names)]


def _metric(metric: Row) -> dict[str, Any]:
    measure = Measure(metric["value_kind"], metric["unit"])
    forms = [form for form in (metric["source_forms"] or "").split(";") if form]
    return {
        "id": metric["metric_id"],
        "target_id": metric["target_id"],
        "project": metric["project_no"],
        "tier": metric["tier"],
        "zh": metric["name_zh"],
        "en": metric["name_en"],
        "quote": metric["quote_zh"] or "",
        "definition": (metric["definition_zh"] or "", metric["definition_en"] or ""),
        "columns": columns_used().get(metric["metric_id"], {}),
        "assumption": metric["assumption"] or "",
        "suffix": measure.suffix,
        "is_share": metric["value_kind"] == "share",
        "is_down": metric["comparator"] in ("<=", "baseline_down"),
        "is_comparable": metric["value_kind"] in ("share", "ratio", "index"),
        "kind": (metric["value_kind_zh"], labels("value_kind", "en").get(metric["value_kind"], "")),
        "method": (metric["method_zh"], labels("method", "en").get(metric["method"], "")),
        "city_rule": (metric["city_rule_zh"], labels("city_rule", "en").get(metric["city_rule"], "")),
        "forms": [form_names().get(form, (form, form)) for form in forms],
        "form_codes": forms,
        "is_told_for_all": forms == ["recognitions"],
        "departments": departments(metric),
        "responsible": metric["responsible_units"] or "",
        "due": str(metric["due_on"]) if metric["due_on"] else "",
        "stretch": bool(metric["stretch"]),
    }
