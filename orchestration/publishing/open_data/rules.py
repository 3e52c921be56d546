"""What `open_data.yaml` says: the tables of the bundle, the families they are sums of, thresholds and links."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

TOTAL = "_T"
UNKNOWN = "_U"
Bilingual = tuple[str, str]
Where = dict[str, list[str]]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(_Strict):
    """`count`: counts from 1 up to below it are confidential; the others are least numbers behind a figure."""

    count: int
    heads: int
    contributors: int
    sections: int
    amount_margin: float


class Costs(_Strict):
    """How dear it is to suppress a cell, for each unit that it has to be able to move; `total`, `city`, `zero` multiply."""

    cell: float
    total: float
    city: float
    zero: float


class Licence(_Strict):
    name: str
    title: str
    path: str


class PackageTexts(_Strict):
    name: str
    title: Bilingual
    licence: Licence
    source: Bilingual


class Group(_Strict):
    title: Bilingual
    members: list[str]


class Dimension(_Strict):
    title: Bilingual
    codes: dict[str, Bilingual]
    groups: dict[str, Group] = Field(default_factory=dict)
    total: bool = True
    leaves: bool = True


class Table(_Strict):
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
    left: FamilySum
    right: FamilySum
    by: list[str] = Field(default_factory=list)
    each: list[str] = Field(default_factory=list)


class Average(_Strict):
    heads: str | None
    why: str = ""


class Balance(_Strict):
    indicators_of_persons: list[str]


class PayHalves(_Strict):
    numerator: str
    denominator: str


class MetricHalves(_Strict):
    numerator: FamilySum | None = None
    denominator: FamilySum | None = None


class PerPupil(_Strict):
    metrics: list[str]
    digits: int
    behind: str


class MetricRules(_Strict):
    open_units: dict[str, str]
    open_sources: dict[str, str]
    pay: dict[str, PayHalves]
    per_pupil: PerPupil
    made_of: dict[str, list[str]]
    made_of_tier: dict[str, str]
    links: dict[str, MetricHalves]


class Rules(_Strict):
    package: PackageTexts
    thresholds: Thresholds
    costs: Costs
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
    return Rules.model_validate(yaml.safe_load((Path(__file__).parent / "open_data.yaml").read_text(encoding="utf-8")))
