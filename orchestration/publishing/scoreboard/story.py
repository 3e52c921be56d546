"""The first screen: where an area stands in a sentence of figures, its largest gaps, and the places of the counties on a tile map."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from orchestration.publishing.scoreboard.figures import Measure
from orchestration.publishing.scoreboard.provisional import Reasons
from orchestration.publishing.scoreboard.release import Release, Row, settled_status
from orchestration.publishing.scoreboard.words import Text, listed, say

MOST_GAPS = 10
NAMED_IN_THE_STORY = 2
MOST_HOLDERS = 2
LEAST_RANKED = 4
"""Of fewer counties a first place says nothing."""


class Story:
    """What there is to tell of every area of a release in every collection."""

    def __init__(self, release: Release, reasons: Reasons):
        self.release = release
        self.reasons = reasons
        self._metrics = {metric["metric_id"]: metric for metric in release.metrics}
        self._collections = [each["collection_id"] for each in release.collections]
        self._baselines = [each["collection_id"] for each in release.collections if each["is_baseline"]]

    def of_all(self) -> dict[str, dict[str, dict[str, Any]]]:
        """By collection and area: the counts of its tile, the sentences about it, and the metrics with the largest gaps."""
        told: dict[str, dict[str, dict[str, Any]]] = {}
        for collection, area in self.release.summaries:
            told.setdefault(collection, {})[area] = self.of(collection, area)
        return told

    def of(self, collection: str, area: str) -> dict[str, Any]:
        """The same of one area in one collection; figures in the sentences stand between asterisks, some with what they count."""
        counts = self.release.summaries[collection, area]
        behind = self._behind(collection, area)
        return {
            "targets": counts["targets"],
            "met": counts["met"],
            "would": counts["would_be_met"],
            "behind": len(behind),
            "change": self._change(counts),
            "story": self._sentences(counts, behind),
            "gaps": [row["metric_id"] for row in behind if not self._is_flag(row)][:MOST_GAPS],
        }

    def _behind(self, collection: str, area: str) -> list[Row]:
        """Rows that are behind, or would be were they final; the largest gap in proportion to the target first."""
        rows = [row for row in self._rows(collection, area) if settled_status(row) == "behind"]
        return sorted(rows, key=lambda row: -(relative_gap(row) or 0))

    def _change(self, counts: Row) -> int | None:
        """Targets met, or met by the data so far, more than in the collection before; a baseline meets none to compare with."""
        before = [each for each in self._collections if each < counts["collection_id"]]
        earlier = self.release.summaries.get((before[-1], counts["unit_code"])) if before else None
        if earlier is None or before[-1] in self._baselines:
            return None
        return _within_reach(counts) - _within_reach(earlier)

    def _sentences(self, counts: Row, behind: list[Row]) -> list[Text]:
        if counts["collection_id"] in self._baselines:
            return [say("story_baseline")]
        told = [self._standing(counts, behind), self._firsts(counts), self._held_up(counts)]
        return [sentence for sentence in told if sentence]

    def _standing(self, counts: Row, behind: list[Row]) -> Text:
        rows = self._rows(counts["collection_id"], counts["unit_code"])
        on_track = sum(settled_status(row) == "on_track" for row in rows)
        parts = [
            *self._met(counts),
            say("story_on_track", str(on_track)) if on_track else None,
            say("story_behind", str(len(behind)), self._worst(behind)) if behind else None,
            say("story_no_data", str(counts["no_data"])) if counts["no_data"] else None,
        ]
        said = [part for part in parts if part]
        return "".join(zh for zh, _ in said) + "。", "".join(en for _, en in said) + "."

    def _met(self, counts: Row) -> list[Text]:
        phrase = "story_met" if counts["unit_code"] == self.release.city_code else "story_met_in_area"
        metrics = len(self._rows(counts["collection_id"], counts["unit_code"]))
        change, would = self._change(counts), counts["would_be_met"]
        changed = "story_change_of_both" if would else "story_change"
        ending = say(changed, f"{change:+d}".replace("-", "−")) if change else ("", "")
        met = say(phrase, str(metrics), str(counts["targets"]), str(counts["met"]))
        return [met, say("story_would", str(would)), ending] if would else [met, ending]

    def _worst(self, behind: list[Row]) -> Text:
        """How many of them are provisional, and which are furthest behind."""
        provisional = sum(row["status"] == "provisional" for row in behind)
        measured = [row for row in behind if not self._is_flag(row)]
        names = [(row["name_zh"], row["name_en"]) for row in measured[:NAMED_IN_THE_STORY]]
        parts = [
            say("story_provisional", str(provisional)) if provisional else ("", ""),
            say("story_worst", listed(names)) if names else ("", ""),
        ]
        return "".join(zh for zh, _ in parts), "".join(en for _, en in parts)

    def _firsts(self, counts: Row) -> Text | None:
        """In how many metrics a county leads, among those in which counties differ."""
        rows = self._rows(counts["collection_id"], counts["unit_code"])
        ranked = [row for row in rows if (row["ranked_of"] or 0) >= LEAST_RANKED]
        firsts = sum(row["rank"] == 1 for row in ranked)
        return say("story_firsts", str(firsts), str(len(ranked))) if firsts else None

    def _held_up(self, counts: Row) -> Text | None:
        """Who keeps most values from being final, and for want of how many returns."""
        city = counts["unit_code"] == self.release.city_code
        by_unit = self.reasons.by_unit(counts["collection_id"])
        waiting = [each for each in by_unit if each["metrics"] and (city or each["unit"] == counts["unit_code"])]
        waiting.sort(key=lambda each: -len(each["metrics"]))
        if not waiting:
            return None
        told, others = [self._holder(each) for each in waiting[:MOST_HOLDERS]], len(waiting) - MOST_HOLDERS
        told += [say("story_others", str(others))] if others > 0 else []
        return "；".join(zh for zh, _ in told) + "。", "; ".join(en for _, en in told) + "."

    def _holder(self, unit: dict[str, Any]) -> Text:
        missing = say("story_returns", str(unit["owed"])) if unit["owed"] else say("story_items")
        return say("story_holder", self.reasons.names[unit["unit"]], missing, str(len(unit["metrics"])))

    def _is_flag(self, row: Row) -> bool:
        """A row that is yes or no has no distance that a bar could show."""
        metric = self._metrics[row["metric_id"]]
        return Measure(metric["value_kind"], metric["unit"], row["unit_code"] != self.release.city_code).is_flag

    def _rows(self, collection: str, area: str) -> list[Row]:
        return [row for row in self.release.by_area.get((collection, area), []) if row["metric_id"] in self._metrics]


def _within_reach(counts: Row) -> int:
    met: int = counts["met"] + counts["would_be_met"]
    return met


def relative_gap(row: Row) -> float | None:
    """The gap as a part of what is aimed at; None where there is none."""
    compared = row["baseline_value"] if row["comparator"].startswith("baseline_") else row["target_value"]
    return None if row["gap"] is None or not compared else row["gap"] / abs(compared)


def tile_map(areas: list[Row]) -> dict[str, tuple[int, int]]:
    """Row and column of every area but the city; none at all when the file does not know one of them."""
    with open(Path(__file__).with_name("tile_map.csv"), encoding="utf-8", newline="") as handle:
        places = {row["unit_code"]: (int(row["row"]), int(row["column"])) for row in csv.DictReader(handle)}
    codes = [area["unit_code"] for area in areas if area["area_kind"] != "city"]
    return {code: places[code] for code in codes} if all(code in places for code in codes) else {}
