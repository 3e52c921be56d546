"""Why a value may still change: which units and schools are missing, and for want of which returns."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

from ingest.contracts.contract import load_contracts
from ingest.reference import labels
from orchestration.publishing.scoreboard.release import MUNICIPAL, Release, Row
from orchestration.publishing.scoreboard.words import Text, listed, say

NOTHING_USABLE = ("not_due", "missing", "overdue", "rejected")


class Reasons:
    """The reasons of every row of a release."""

    def __init__(self, release: Release):
        self.release = release
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    @cached_property
    def names(self) -> dict[str, Text]:
        """Names of the units, by code."""
        return {unit["unit_code"]: (unit["name_zh"], unit["name_en"]) for unit in self.release.units}

    @cached_property
    def _metrics(self) -> dict[str, Row]:
        return {metric["metric_id"]: metric for metric in self.release.metrics}

    def of(self, row: Row) -> list[Text]:
        """Sentences on what is missing from a value; none when everything is there and settled."""
        reasons = [self._unit_reason(row, unit) for unit in self.missing_units(row)]
        if (row["schools_reported"] or 0) < (row["schools_expected"] or 0):
            reasons.append(self._school_reason(row))
        if not reasons and row["data_status"] == "provisional":
            reasons.append(say("rests_on_others" if row["units_expected"] is None else "still_open"))
        return reasons

    def waits_for(self, row: Row) -> Text | None:
        """Who keeps a provisional value from being final, in a few words."""
        if row["data_status"] != "provisional":
            return None
        units = self.missing_units(row)
        if len(units) == 1:
            return say("waits_for_unit", self.names[units[0]])
        if units:
            return say("waits_for_units", self.names[units[0]], str(len(units)))
        schools = (row["schools_expected"] or 0) - (row["schools_reported"] or 0)
        if schools > 0:
            return say("waits_for_schools", str(schools))
        return say("waits_for_others" if row["units_expected"] is None else "waits_for_closing")

    def missing_units(self, row: Row) -> list[str]:
        """Units that were expected to report and have not; the municipal unit has no row of its own, so it is what is left."""
        lacking = (row["units_expected"] or 0) - (row["units_reported"] or 0)
        if lacking <= 0:
            return []
        if row["unit_code"] != self.release.city_code:
            return [row["unit_code"]]
        kinds = (self._metrics[row["metric_id"]]["reported_by"] or "").split(";")
        missing = [
            unit["unit_code"]
            for unit in self.release.units
            if unit["kind"] in kinds and unit["kind"] != MUNICIPAL and not self._has_reported(row, unit["unit_code"])
        ]
        return missing if len(missing) == lacking else [self.release.city_code, *missing]

    def _has_reported(self, city: Row, unit_code: str) -> bool:
        row = self.release.values.get((city["collection_id"], unit_code, city["metric_id"]))
        return row is None or bool(row["units_reported"])

    def _unit_reason(self, row: Row, unit_code: str) -> Text:
        supplier = self._supplier(row, unit_code)
        forms = self._unusable_forms(row, supplier)
        if forms:
            return say("returns_missing", self.names[supplier], listed(forms))
        is_declared = self._metrics[row["metric_id"]]["method"] == "declared"
        return say("item_missing" if is_declared else "unit_missing", self.names[supplier])

    def _supplier(self, row: Row, unit_code: str) -> str:
        """Recognitions of every area are reported by the municipal unit alone."""
        kinds = self._metrics[row["metric_id"]]["reported_by"]
        return self.release.city_code if kinds == MUNICIPAL else unit_code

    def _unusable_forms(self, row: Row, unit_code: str) -> list[Text]:
        forms = (self._metrics[row["metric_id"]]["source_forms"] or "").split(";")
        found = (self.release.returns.get((row["collection_id"], unit_code, form)) for form in forms)
        return [form_and_status(each) for each in found if each and is_unusable(each)]

    def _school_reason(self, row: Row) -> Text:
        reported, expected = row["schools_reported"], row["schools_expected"]
        units = [row] if row["unit_code"] != self.release.city_code else self._unit_rows(row)
        lacking = {each["unit_code"]: each["schools_expected"] - each["schools_reported"] for each in units}
        rest = expected - reported - sum(lacking.values())
        if rest > 0:
            lacking[self.release.city_code] = rest
        parts = [say("unit_schools", self.names[unit], str(count)) for unit, count in lacking.items() if count > 0]
        return say("schools_missing", str(reported), str(expected), str(expected - reported), listed(parts))

    def _unit_rows(self, city: Row) -> list[Row]:
        """The rows of the units that count in the city's."""
        keys = ((city["collection_id"], unit, city["metric_id"]) for unit in self.names)
        found = (self.release.values.get(key) for key in keys if key[1] != self.release.city_code)
        return [row for row in found if row and row["units_reported"]]

    def _unlisted(self, metrics: list[str]) -> Text:
        is_declared = all(self._metrics[metric]["method"] == "declared" for metric in metrics)
        return say("items_missing" if is_declared else "rows_missing")

    def by_unit(self, collection_id: str) -> list[dict[str, Any]]:
        """What every unit owes in a collection, and the city's provisional values that wait for it."""
        if collection_id not in self._waiting:
            self._waiting[collection_id] = self._by_unit(collection_id)
        return self._waiting[collection_id]

    def _by_unit(self, collection_id: str) -> list[dict[str, Any]]:
        waiting: dict[str, list[str]] = {}
        for metric in self._metrics:
            row = self.release.values.get((collection_id, self.release.city_code, metric))
            for unit in self.missing_units(row) if row and row["data_status"] in ("provisional", "no_data") else []:
                waiting.setdefault(unit, []).append(metric)
        summary: list[dict[str, Any]] = []
        for unit in self.names:
            returns = [row for (c, u, _), row in self.release.returns.items() if (c, u) == (collection_id, unit)]
            forms = [form_and_status(row) for row in returns if is_unusable(row)]
            schools = [
                say("unit_schools", form_name(row), str(row["schools_missing"]))
                for row in returns
                if row["schools_missing"] and not is_unusable(row)
            ]
            metrics, owed = waiting.get(unit, []), len(forms)
            if metrics and not forms:
                forms = [self._unlisted(metrics)]
            if forms or schools:
                summary.append({"unit": unit, "forms": forms, "owed": owed, "schools": schools, "metrics": metrics})
        return summary


def is_unusable(row: Row) -> bool:
    """Nothing of the return counts."""
    return row["status"] in NOTHING_USABLE or (row["status"] == "received" and not row["rows_accepted"])


def form_and_status(row: Row) -> Text:
    """A return and what has become of it."""
    status = row["status"]
    return say("form_status", form_name(row), (labels("return_status")[status], labels("return_status", "en")[status]))


def form_name(row: Row) -> Text:
    """The form's names."""
    return form_names().get(row["form"], (row["form_zh"], row["form"]))


@cache
def form_names() -> dict[str, Text]:
    """Both names of every form."""
    return {contract.form: (contract.name_zh, contract.name_en) for contract in load_contracts().values()}
