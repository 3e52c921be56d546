"""The data of the brief for a meeting: of the index what fits on one sheet about any area in the latest collection."""

from __future__ import annotations

from typing import Any

TOLD = ("met", "lost")
"""Kinds of changes that a meeting hears of."""


def brief_data(index: dict[str, Any]) -> dict[str, Any]:
    """A part of the index page's data, in the same shape, so that the same scripts draw it."""
    latest = index["latest"]
    told = index["told"].get(latest, {})
    changes = [row | {"cause": None} for row in index["changes"]["rows"] if row["kind"] in TOLD]
    gaps = {metric for area in told.values() for metric in area["gaps"]}
    used = gaps | {row["metric"] for row in changes}
    whole = ("today", "columns", "latest", "city", "areas", "statuses", "collections")
    return {name: index[name] for name in whole} | {
        "told": {latest: told},
        "metrics": [_names(metric) for metric in index["metrics"] if metric["id"] in used],
        "rows": {latest: {area: _only(rows, gaps) for area, rows in index["rows"].get(latest, {}).items()}},
        "changes": {"rows": changes, "counts": index["changes"]["counts"]},
        "waiting": [
            {"unit": each["unit"], "owed": each["owed"], "metrics": len(each["metrics"])}
            for each in index["waiting"][latest]
        ],
    }


def _names(metric: dict[str, Any]) -> dict[str, Any]:
    return {name: metric[name] for name in ("id", "zh", "en", "is_down")}


def _only(rows: dict[str, list[Any]], metrics: set[str]) -> dict[str, list[Any]]:
    return {metric: cells for metric, cells in rows.items() if metric in metrics}
