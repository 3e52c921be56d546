"""The data of the balance page: the seven indicators, and the schools behind every coefficient and every line that is missed."""

from __future__ import annotations

from typing import Any

import duckdb

from ingest.values.wording import figure
from orchestration.publishing.scoreboard.figures import NOTHING
from orchestration.publishing.scoreboard.index import collection_data, pairs
from orchestration.publishing.scoreboard.release import COLLECTIONS, UNITS, Row, rows_of
from orchestration.publishing.scoreboard.words import Text, say, words

MOST_CAUSES = 5
"""Schools shown for a coefficient."""
READINESS = "select * from metrics.balance_readiness order by collection_id, unit_code"
INDICATORS = "select * from metrics.balance_indicators order by collection_id, unit_code, stage desc, indicator"
SECTIONS = """
select
    balance_sections.*,
    coalesce(dim_school.school_name, school_id) as school_name,
    value > mean_value as is_above,
    pupils * pow(value - mean_value, 2)
        / nullif(sum(pupils * pow(value - mean_value, 2)) over coefficient, 0) as contribution
from metrics.balance_sections
inner join metrics.balance_indicators using (collection_id, unit_code, stage, indicator)
left join marts.dim_school using (collection_id, unit_code, school_id)
window coefficient as (partition by collection_id, unit_code, stage, indicator)
order by contribution desc nulls last, school_id
"""
"""A section's part of the variance between the sections; sections with a blank value have none."""


def balance_data(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Everything that the page's script needs, ready for JSON."""
    indicators = rows_of(db, INDICATORS)
    sections = _by_coefficient(rows_of(db, SECTIONS))
    used = {row["collection_id"] for row in indicators}
    collections = [each for each in rows_of(db, COLLECTIONS) if each["collection_id"] in used]
    return {
        "collections": [collection_data(each) for each in collections],
        "units": {row["unit_code"]: (row["name_zh"], row["name_en"] or "") for row in rows_of(db, UNITS)},
        "stages": pairs("stage"),
        "indicators": {row["indicator"]: (row["indicator_zh"], _english(row["indicator"])) for row in indicators},
        "rows": [_indicator(row, sections.get(_key(row), [])) for row in indicators],
        "readiness": [_readiness(row) for row in rows_of(db, READINESS)],
    }


def is_failing(row: Row) -> bool:
    """The coefficient is above its limit; one that cannot be computed (a mean of 0) is not within it either."""
    return row["cv"] is None or row["cv"] > row["cv_limit"]


def _key(row: Row) -> tuple[str, str, str, str]:
    return row["collection_id"], row["unit_code"], row["stage"], row["indicator"]


def _by_coefficient(rows: list[Row]) -> dict[tuple[str, str, str, str], list[Row]]:
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault(_key(row), []).append(row)
    return groups


def _english(indicator: str) -> str:
    return words("indicator").get(indicator, ("", indicator))[1]


def _indicator(row: Row, sections: list[Row]) -> dict[str, Any]:
    missed = sorted((each for each in sections if not each["is_on_line"]), key=_worst_first)
    return {
        "collection": row["collection_id"],
        "unit": row["unit_code"],
        "stage": row["stage"],
        "indicator": row["indicator"],
        "measured": (row["unit_zh"], words("indicator_unit").get(row["unit_zh"], ("", row["unit_zh"]))[1]),
        "mean": _figure(row["mean_value"]),
        "line": figure(row["line"], thousands=True),
        "is_on_line": row["mean_value"] is not None and row["mean_value"] >= row["line"],
        "sections": row["sections"],
        "meeting": row["sections_meeting"],
        "cv": _coefficient(row),
        "cv_number": row["cv"],
        "cv_limit": f"{row['cv_limit']:.2f}",
        "is_within": not is_failing(row),
        "causes": [_cause(each) for each in sections if each["contribution"]][:MOST_CAUSES] if is_failing(row) else [],
        "below": [_below(each) for each in missed if each["is_near_line"]],
        "far_below": [_below(each) for each in missed if not each["is_near_line"]],
    }


def _worst_first(section: Row) -> tuple[float, str]:
    return (-1.0 if section["value"] is None else section["value"], section["school_id"])


def _cause(section: Row) -> dict[str, Any]:
    side: Text = say("above" if section["is_above"] else "below")
    return {
        "school": section["school_name"],
        "pupils": section["pupils"],
        "value": _figure(section["value"]),
        "share": f"{section['contribution'] * 100:.1f}%",
        "side": side,
    }


def _below(section: Row) -> tuple[str, str]:
    return section["school_name"], _figure(section["value"])


def _figure(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"


def _coefficient(row: Row) -> str:
    """With a third digit where two would hide on which side of the limit it is."""
    if row["cv"] is None:
        return NOTHING
    is_close = round(row["cv"], 2) == row["cv_limit"] != row["cv"]
    return f"{row['cv']:.{4 if is_close else 2}f}"


def _readiness(row: Row) -> dict[str, Any]:
    return {
        "collection": row["collection_id"],
        "unit": row["unit_code"],
        "sections": row["sections"],
        "passing": row["sections_passing"],
        "within": row["coefficients_within"],
        "ready": bool(row["ready"]),
    }
