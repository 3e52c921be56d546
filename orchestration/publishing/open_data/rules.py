"""What `open_data.yaml` says: the tables of the bundle, the families they are sums of, thresholds and links."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ingest.reference import group_labels, load_reference, school_sets

TOTAL = "_T"
UNKNOWN = "_U"
Bilingual = tuple[str, str]


def _with_members(where: dict[str, list[str]]) -> dict[str, list[str]]:
    """`school_set` stands for the types, or groups of types, that are its members (seed `school_sets`)."""
    named = where.get("school_set")
    if named is None:
        return where
    members = [member for name in named for member in school_sets()[name]]
    dimension = "school_type" if all(member.isdigit() for member in members) else "school_type_group"
    return {dimension: members} | {name: codes for name, codes in where.items() if name != "school_set"}


Where = Annotated[dict[str, list[str]], BeforeValidator(_with_members)]


def _labels(code_list: str) -> dict[str, str]:
    return {code.code: code.label_zh for code in load_reference().codes[code_list]}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(_Strict):
    """`count`: counts from 1 up to below it are confidential; the others are least numbers behind a figure."""

    count: int
    heads: int
    contributors: int
    sections: int
    amount_margin: float


class Weights(_Strict):
    """Cost of suppressing a cell, for each unit that it has to be able to move; `total`, `city`, `zero` multiply."""

    cell: float
    total: float
    city: float
    zero: float


class Licence(_Strict):
    """A licence by its SPDX name, and where its text stands."""

    name: str
    title: str
    path: str


class PackageTexts(_Strict):
    """What the package says about itself."""

    name: str
    title: Bilingual
    licence: Licence
    source: Bilingual


class Group(_Strict):
    """A code that is the sum of others."""

    title: Bilingual
    members: list[str]


class Dimension(_Strict):
    """Codes with their labels; `total` and `leaves` say whether tables show the sum of all, and the codes themselves.

    The codes of a list of the seeds (`code_list`), or of its groups (`code_groups`), are given by their English labels alone.
    """

    title: Bilingual
    codes: dict[str, Bilingual]
    groups: dict[str, Group] = Field(default_factory=dict)
    total: bool = True
    leaves: bool = True

    @model_validator(mode="before")
    @classmethod
    def _with_labels(cls, given: dict[str, Any]) -> dict[str, Any]:
        if "english" not in given:
            return given
        own = {name: value for name, value in given.items() if name not in ("english", "code_list", "code_groups")}
        chinese = group_labels(given["code_groups"]) if "code_groups" in given else _labels(given["code_list"])
        return own | {"codes": {code: (chinese[code], english) for code, english in given["english"].items()}}


class Table(_Strict):
    """A table: what it counts of a family, by which dimensions, and how it is protected.

    One that is not `published` is hidden whole; with `one_reporter` one unit reports for all. `why` says why `none` may be.
    """

    family: str
    dimensions: list[str]
    measure: str
    protect: Literal["count", "amount", "none"]
    title: Bilingual
    where: Where = Field(default_factory=dict)
    published: bool = True
    one_reporter: bool = False
    why: str = ""


class FamilySum(_Strict):
    """Atoms of a family whose dimensions have one of the codes."""

    family: str
    where: Where = Field(default_factory=dict)


class Link(_Strict):
    """Two sums that are one figure, for each code of the dimensions in `by`; the left one again for each code of those in `each`."""

    left: FamilySum
    right: FamilySum
    by: list[str] = Field(default_factory=list)
    each: list[str] = Field(default_factory=list)


class Average(_Strict):
    """An average of pay; `heads` is the query that counts the persons behind it, None where they are not in the returns, as `why` says."""

    heads: str | None
    why: str = ""


class Balance(_Strict):
    """Which indicators of balance are about persons, and protected as such."""

    indicators_of_persons: list[str]


class PayHalves(_Strict):
    """The averages of pay that a metric is a quotient of."""

    numerator: str
    denominator: str


class MetricHalves(_Strict):
    """The sums of atoms that numerator and denominator of a metric are, as far as tables show them."""

    numerator: FamilySum | None = None
    denominator: FamilySum | None = None


class PerPupil(_Strict):
    """Metrics per pupil, shown to so many digits, and the query (`behind`) that counts the schools and heads behind them."""

    metrics: list[str]
    digits: int
    behind: str


class MetricRules(_Strict):
    """How metrics are protected, by unit of measure, by source, or by name."""

    open_units: dict[str, str]
    open_sources: dict[str, str]
    pay: dict[str, PayHalves]
    per_pupil: PerPupil
    made_of: dict[str, list[str]]
    made_of_tier: dict[str, str]
    links: dict[str, MetricHalves]


class Rules(_Strict):
    """The whole of `open_data.yaml`."""

    package: PackageTexts
    thresholds: Thresholds
    weights: Weights
    symbols: dict[str, Bilingual]
    dimensions: dict[str, Dimension]
    families: dict[str, str]
    tables: dict[str, Table]
    links: list[Link]
    pay: dict[str, Average]
    balance: Balance
    metrics: MetricRules
    columns: dict[str, tuple[str, str, str]]


@cache
def load_rules() -> Rules:
    """The rules, read once; pydantic's ValidationError where the file does not fit them."""
    return Rules.model_validate(yaml.safe_load((Path(__file__).parent / "open_data.yaml").read_text(encoding="utf-8")))
