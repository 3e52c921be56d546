"""The data of the index page: every metric, collection and unit with its figures as they are written."""

from __future__ import annotations

import re
from typing import Any

from ingest.reference import labels
from orchestration.scoreboard.figures import Measure
from orchestration.scoreboard.provisional import Reasons, form_names
from orchestration.scoreboard.release import MUNICIPAL, Release, Row
from orchestration.scoreboard.words import Text, say, words

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
    "units",
    "schools",
    "rank",
    "data_status",
    "reasons",
)
"""Of a row of `rows`, which is a list to keep the page small."""


def index_data(release: Release) -> dict[str, Any]:
    """Everything that the page's script needs, ready for JSON."""
    reasons: dict[Text, int] = {}
    rows = _rows(release, reasons)
    why = Reasons(release)
    return {
        "columns": COLUMNS,
        "collections": [_collection(each) for each in release.collections],
        "latest": release.latest,
        "city": release.city_code,
        "areas": _areas(release),
        "statuses": _statuses(),
        "data_statuses": pairs("data_status"),
        "tiers": pairs("tier"),
        "projects": _projects(release),
        "departments": sorted({name for metric in release.metrics for name in departments(metric)}),
        "metrics": [_metric(metric) for metric in release.metrics],
        "rows": rows,
        "reasons": list(reasons),
        "waiting": {each["collection_id"]: why.by_unit(each["collection_id"]) for each in release.collections},
    }


def pairs(vocabulary: str) -> dict[str, Text]:
    """Both labels of a vocabulary by code."""
    english = labels(vocabulary, "en")
    return {code: (zh, english[code]) for code, zh in labels(vocabulary).items()}


def departments(metric: Row) -> list[str]:
    """The departments in the lead, one by one; a remark in brackets is not taken apart."""
    return [part for part in re.split(r"[、；;](?![^（]*）)", metric["lead_departments"] or "") if part]


def _rows(release: Release, reasons: dict[Text, int]) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """Rows by collection, unit and metric; `reasons` is filled with the sentences that they point to."""
    why = Reasons(release)
    metrics = {metric["metric_id"]: metric for metric in release.metrics}
    rows: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for (collection, unit, metric), row in release.values.items():
        if metric not in metrics:
            continue
        indexes = [reasons.setdefault(reason, len(reasons)) for reason in why.of(row)]
        cells = _cells(row, metrics[metric], unit != release.city_code)
        cells |= {"rank": release.ranks.get((collection, unit, metric)), "reasons": indexes}
        rows.setdefault(collection, {}).setdefault(unit, {})[metric] = [cells[column] for column in COLUMNS]
    return rows


def _cells(row: Row, metric: Row, of_a_unit: bool) -> dict[str, Any]:
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
        "per_year": _text(measure.per_year(row["required_per_year"], row["gap"])),
        "projected": _text(say("nothing") if measure.is_flag else measure.value(row["projected_value"])),
        "numerator": measure.part(row["numerator"]),
        "denominator": measure.part(row["denominator"]),
        "target_number": _short(compared) if row["comparator"] != "none" else None,
        "units": [row["units_reported"], row["units_expected"]],
        "schools": [row["schools_reported"], row["schools_expected"]],
        "data_status": row["data_status"],
    }


def _text(text: Text) -> str | Text:
    """One string where both languages read the same."""
    return text[0] if text[0] == text[1] else text


def _short(number: float | None) -> float | None:
    """As many digits as sorting and charts need."""
    return None if number is None else float(f"{number:.7g}")


def _collection(row: Row) -> dict[str, Any]:
    return {"id": row["collection_id"], "zh": row["name_zh"], "as_of": str(row["as_of_date"])}


def _areas(release: Release) -> list[dict[str, Any]]:
    city_zh, city_en = say("city")
    units = [unit for unit in release.units if unit["kind"] != MUNICIPAL]
    return [
        {"code": release.city_code, "zh": city_zh, "en": city_en, "municipal": _municipal_name(release)},
        *({"code": unit["unit_code"], "zh": unit["name_zh"], "en": unit["name_en"] or ""} for unit in units),
    ]


def _municipal_name(release: Release) -> Text:
    """Of the unit whose code the city's rows have."""
    unit = next(unit for unit in release.units if unit["kind"] == MUNICIPAL)
    return unit["name_zh"], unit["name_en"] or ""


def _statuses() -> list[dict[str, str]]:
    return [
        {"code": code, "zh": zh, "en": en, "sign": words("sign")[code][0]}
        for code, (zh, en) in pairs("progress_status").items()
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
        "numerator": metric["numerator_rule"] or "",
        "denominator": metric["denominator_rule"] or "",
        "assumption": metric["assumption"] or "",
        "suffix": measure.suffix,
        "is_share": metric["value_kind"] == "share",
        "kind": (metric["value_kind_zh"], labels("value_kind", "en").get(metric["value_kind"], "")),
        "method": (metric["method_zh"], labels("method", "en").get(metric["method"], "")),
        "city_rule": (metric["city_rule_zh"], labels("city_rule", "en").get(metric["city_rule"], "")),
        "forms": [form_names().get(form, (form, form)) for form in forms],
        "departments": departments(metric),
        "responsible": metric["responsible_units"] or "",
        "due": str(metric["due_on"]) if metric["due_on"] else "",
        "stretch": bool(metric["stretch"]),
    }
