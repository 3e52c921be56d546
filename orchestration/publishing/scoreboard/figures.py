"""Figures as people read them: values, targets, gaps and rates a year, in words where a figure says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ingest.reference import labels
from ingest.values.wording import figure
from orchestration.publishing.scoreboard.words import Text, say, words

USUAL_DIGITS = {"share": 1, "ratio": 2, "index": 2, "count": 0, "sum": 0}
MOST_DIGITS = 5
NOTHING = "—"


@dataclass(frozen=True)
class Measure:
    """How the values of a metric are written; those of a county are yes or no where the city counts counties."""

    value_kind: str
    unit: str
    of_a_unit: bool = False

    @property
    def is_flag(self) -> bool:
        """Whether a value is yes or no."""
        return self.value_kind == "milestone" or (self.of_a_unit and self.unit == "counties")

    @property
    def noun(self) -> Text | None:
        """What the numerator counts; None where it counts nothing that can be named."""
        return _words_of("noun").get(self.unit)

    @property
    def suffix(self) -> Text:
        """What stands behind a value: a share has its % already."""
        if self.value_kind in ("share", "milestone") or self.is_flag:
            return ("", "")
        return _words_of("unit").get(self.unit, (self.unit, self.unit))

    def value(self, value: float | None, target: float | None = None) -> Text:
        """A value, with as many digits as it takes to differ from a target that it differs from."""
        if value is None:
            return say("nothing")
        if self.is_flag:
            return self._flag(value > 0)
        return both(self._number(value, target))

    def target(self, comparator: str, target: float | None, upper: float | None, baseline: float | None) -> Text:
        """What the value is compared with, and how."""
        how = (labels("comparator")[comparator], labels("comparator", "en")[comparator])
        if comparator == "none":
            return how
        if comparator.startswith("baseline_"):
            return joined(how, self.value(baseline)) if baseline is not None else how
        if target is None:
            return say("no_target")
        if self.is_flag:
            return say("to_be_done") if self.value_kind == "milestone" else words("flag")["yes"]
        if comparator == "between" and upper is not None:
            return say("range", how, self._short(target), self._short(upper))
        least = (
            self._about(how, self._short(target)) if comparator == "approx" else joined(how, both(self._short(target)))
        )
        return least if upper is None else say("up_to", least, self._short(upper))

    def gap(self, gap: float | None, gap_count: float | None) -> Text:
        """What is missing: people or things where they can be counted, else points or the unit of the value."""
        if gap is None:
            return say("nothing")
        if gap == 0:
            return say("no_gap")
        if self.is_flag:
            return say("not_done_yet")
        if gap_count is not None and self.noun:
            return self._counted(f"{gap_count:,.0f}")
        return self._distance(gap)

    def gap_in_points(self, gap: float | None, gap_count: float | None) -> Text:
        """The gap of a share in points, where `gap` names people or things."""
        if not gap or self.value_kind != "share" or self.is_flag or gap_count is None or not self.noun:
            return ("", "")
        return self._distance(gap)

    def per_year(self, required: float | None, gap: float | None) -> Text:
        """What is required a year until the due date; there are no years left where it has passed."""
        if gap is None or (self.is_flag and required is not None):
            return say("nothing")
        if gap == 0:
            return say("no_gap")
        if required is None:
            return say("past_due")
        counted = self.value_kind in ("count", "sum") and self.noun
        return say("a_year", self._counted(f"{required:,.1f}") if counted else self._distance(required))

    def change(self, change: float | None) -> Text | None:
        """By how much a value has moved, with its sign; None where there is nothing to compare with."""
        if change is None:
            return None
        if change == 0:
            return say("unchanged")
        if self.is_flag:
            return say("newly_done" if change > 0 else "no_longer_done")
        sign = "+" if change > 0 else "−"
        zh, en = self._distance(abs(change))
        return f"{sign}{zh}", f"{sign}{en}"

    def part(self, figure: float | None) -> str:
        """A numerator or denominator."""
        if figure is None:
            return NOTHING
        return f"{figure:,.0f}" if float(figure).is_integer() else f"{figure:,.2f}"

    def _flag(self, is_true: bool) -> Text:
        if self.value_kind == "milestone":
            return words("flag")["done" if is_true else "not_done"]
        return words("flag")["yes" if is_true else "no"]

    def _number(self, value: float, target: float | None = None) -> str:
        scale, sign = (100, "%") if self.value_kind == "share" else (1, "")
        digits = USUAL_DIGITS.get(self.value_kind, 2)
        if digits == 0 and not float(value).is_integer():
            digits = 1
        while target is not None and value != target and digits < MOST_DIGITS:
            if round(value * scale, digits) != round(target * scale, digits):
                break
            digits += 1
        return f"{value * scale:,.{digits}f}{sign}"

    def _short(self, target: float) -> str:
        """A target as the plan writes it, without noughts behind the point."""
        return f"{figure(round(target * 100, 1))}%" if self.value_kind == "share" else figure(target, thousands=True)

    def _about(self, how: Text, target: str) -> Text:
        return f"{target} {how[0]}", f"{how[1]} {target}"

    def _counted(self, number: str) -> Text:
        zh, en = self.noun or ("", "")
        return f"{number} {zh}", f"{en}: {number}"

    def _distance(self, distance: float) -> Text:
        if self.value_kind == "share":
            return say(
                "points", f"{distance * 100:,.1f}" if distance >= 0.001 else figure(float(f"{distance * 100:.2g}"))
            )
        number = self._number(distance, 0)
        return joined(both(number), self.suffix) if self.suffix[0] else both(number)


@cache
def _words_of(vocabulary: str) -> dict[str, Text]:
    """Both words for every unit that values are given in: as what they are counted in, or as what is counted."""
    english = labels(vocabulary, "en")
    return {unit: (zh, english[unit]) for unit, zh in labels(vocabulary).items()}


def both(text: str) -> Text:
    """A figure that reads the same in both languages."""
    return text, text


def joined(first: Text, second: Text) -> Text:
    """One after the other."""
    return f"{first[0]} {second[0]}", f"{first[1]} {second[1]}"
