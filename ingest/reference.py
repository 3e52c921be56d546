"""Reference data: calendar, reporting units, code lists, metric catalogue and checks, read from dbt's seed files.

`EDU_SPEC_DIR` may name a folder that replaces some of them. Every mistake is one sentence that names file, row and column.
"""

from __future__ import annotations

import csv
import functools
import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.errors import ConfigurationError
from ingest.settings import CONTRACTS_DIR, DBT_DIR

SEEDS_DIR = DBT_DIR / "seeds"
NEED_A_VALUE = (">=", "<=", "between", "approx")
DECLARED_IN = ("progress_items",)
REPLACEABLE = ("collections", "reporting_units", "codes", "metrics")


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Collection(_Row):
    """One round of the reporting calendar; dates are days in Asia/Shanghai."""

    collection_id: str
    name_zh: str
    school_year: int
    reference_date: date
    as_of_date: date
    opens_on: date
    due_on: date
    year_end_due_on: date
    closes_on: date
    is_baseline: bool

    @model_validator(mode="after")
    def _in_order(self) -> Collection:
        if not self.opens_on <= self.due_on <= self.year_end_due_on <= self.closes_on:
            raise ValueError("the dates must be in the order opens_on, due_on, year_end_due_on, closes_on")
        if self.as_of_date < self.reference_date:
            raise ValueError("as_of_date must not be before reference_date")
        return self


class Unit(_Row):
    """A reporting unit: a county, a zone, or the city's own."""

    unit_code: str = Field(pattern="^[0-9]{6}$")
    name_zh: str
    name_en: str
    kind: Literal["municipal", "county", "zone"]


class Code(_Row):
    """One code of a list with every label that is accepted for it."""

    code_list: str
    code: str
    label_zh: str
    accepted_labels: tuple[str, ...] = ()
    group: str = ""

    @field_validator("accepted_labels", mode="before")
    @classmethod
    def _split(cls, value: str) -> tuple[str, ...]:
        return tuple(filter(None, value.split("|")))


class Metric(_Row):
    """A metric as its catalogue row says it: what it measures, for which target, in which unit, reported by whom."""

    metric_id: str
    target_id: str
    tier: Literal["A", "B", "C"]
    name_zh: str
    value_kind: str
    method: Literal["computed", "declared"]
    reported_by: str
    project_no: str
    unit: str


class Target(_Row):
    """What a metric is measured by, as SQL takes it from the catalogue; nobody else needs it, and it is read to be checked."""

    metric_id: str = Field(pattern="^[a-z0-9_]+$")
    target_id: str = Field(min_length=1)
    project_no: str = Field(pattern="^[0-9]{2}$")
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    value_kind: Literal["share", "ratio", "count", "sum", "milestone", "index"]
    comparator: Literal[">=", "<=", "between", "approx", "baseline_up", "baseline_down", "none"]
    target_value: float | None
    target_upper: float | None
    due_on: date
    stretch: bool
    unit_target: Literal["same", "one", "none"]
    reported_by: tuple[Literal["municipal", "county", "zone"], ...]
    method: Literal["computed", "declared"]
    source_forms: tuple[str, ...]
    city_rule: Literal["pooled", "sum", "count", "share_of_counties", "min_over_counties", "municipal", "derived"]

    @field_validator("target_value", "target_upper", mode="before")
    @classmethod
    def _blank(cls, value: str) -> str | None:
        return value or None

    @field_validator("reported_by", "source_forms", mode="before")
    @classmethod
    def _split(cls, value: str) -> tuple[str, ...]:
        return tuple(filter(None, value.split(";")))

    @model_validator(mode="after")
    def _measurable(self) -> Target:
        if self.comparator in NEED_A_VALUE and self.target_value is None:
            raise ValueError(f"target_value must not be blank where comparator is {self.comparator}")
        if self.comparator == "between" and not (self.target_upper and self.target_upper >= (self.target_value or 0)):
            raise ValueError("target_upper must be given where comparator is between, and not be below target_value")
        if self.method == "declared" and self.source_forms != DECLARED_IN:
            raise ValueError(f"source_forms must be {DECLARED_IN[0]} where method is declared")
        return self


class Check(_Row):
    """A check: its severity, its Chinese name and the message with {placeholders}."""

    check_id: str
    severity: Literal["fatal", "error", "query"]
    name_zh: str
    message_zh: str


class Threshold(_Row):
    """A figure that a check is judged by."""

    check_id: str
    threshold: str
    value: float


NOT_COUNTED = "not_counted"
RowT = TypeVar("RowT", bound=_Row)


class Reference:
    """The seed files as typed rows, keyed by their ids; `digests` say when one of them changed."""

    def __init__(self, paths: Mapping[str, Path]):
        self.paths = dict(paths)
        self.collections = {row.collection_id: row for row in _read(paths["collections"], Collection, "collection_id")}
        self.units = {row.unit_code: row for row in _read(paths["reporting_units"], Unit, "unit_code")}
        self.metrics = {row.metric_id: row for row in _read(paths["metrics"], Metric, "metric_id")}
        self.checks = {row.check_id: row for row in _read(paths["checks"], Check, "check_id")}
        self.thresholds = {
            (row.check_id, row.threshold): row.value for row in _read(paths["check_thresholds"], Threshold)
        }
        self.codes: dict[str, list[Code]] = {}
        for row in _read(paths["codes"], Code):
            self.codes.setdefault(row.code_list, []).append(row)
        if [collection.is_baseline for collection in self.collections.values()].count(True) != 1:
            raise ConfigurationError(f"{paths['collections']}: exactly one collection must have is_baseline = true")

    @functools.cached_property
    def declared_targets(self) -> dict[str, Metric]:
        """Metrics whose figures come from progress_items, by the item (target_id) the form names."""
        return {metric.target_id: metric for metric in self.metrics.values() if metric.method == "declared"}

    def threshold(self, check_id: str, name: str) -> float:
        """A figure of a check; ConfigurationError when the seed has none of that name."""
        try:
            return self.thresholds[check_id, name]
        except KeyError:
            raise ConfigurationError(f"{self.paths['check_thresholds']}: no {name} for {check_id}.") from None

    def stages(self, code_list: str) -> dict[str, list[str]]:
        """The codes of a list of grades by their stage, in order of years."""
        stages: dict[str, list[str]] = {}
        for code in self.codes[code_list]:
            stages.setdefault(code.group, []).append(code.code)
        return stages

    def not_counted(self, code_list: str) -> list[str]:
        """The codes of those who have left."""
        return [code.code for code in self.codes[code_list] if code.group == NOT_COUNTED]

    @functools.cached_property
    def digests(self) -> dict[str, str]:
        """The first 16 hex digits of the SHA-256 of each seed file, by its name."""
        return {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in sorted(self.paths.items())}


def _read(path: Path, model: type[RowT], key: str | None = None) -> list[RowT]:
    """Rows of one seed file, validated; blanks are left to the model's defaults."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            records = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}).") from error
    rows, seen = [], set()
    for line, record in enumerate(records, start=2):
        if None in record or None in record.values():
            raise ConfigurationError(f"{path}, line {line}: it has more or fewer cells than the headings.")
        try:
            row = model.model_validate(record)
        except ValidationError as error:
            problems = "; ".join(
                f"column {'.'.join(map(str, e['loc'])) or '(row)'}: {e['msg']}" for e in error.errors()
            )
            raise ConfigurationError(f"{path}, line {line}: {problems}.") from error
        if key and getattr(row, key) in seen:
            raise ConfigurationError(f"{path}, line {line}: {key} {getattr(row, key)!r} stands twice.")
        if key:
            seen.add(getattr(row, key))
        rows.append(row)
    if not rows:
        raise ConfigurationError(f"{path}: holds no rows.")
    return rows


def load_reference(spec_dir: Path | None = None, seeds_dir: Path = SEEDS_DIR) -> Reference:
    """The project's seeds; a folder `spec_dir` may replace the calendar, units, codes and metrics.

    ConfigurationError when the folder does not exist or a file holds a mistake.
    """
    if spec_dir is not None and not spec_dir.is_dir():
        raise ConfigurationError(f"EDU_SPEC_DIR is {spec_dir}, which is not a folder.")
    own = {name: seeds_dir / f"{name}.csv" for name in (*REPLACEABLE, "checks", "check_thresholds")}
    if spec_dir is None:
        return Reference(own)
    given = {name: spec_dir / f"{name}.csv" for name in REPLACEABLE if (spec_dir / f"{name}.csv").exists()}
    for name, path in given.items():
        _check_columns(path, own[name])
    reference = Reference(own | given)
    check_replacement(reference, Reference(own))
    return reference


def _check_columns(path: Path, own: Path) -> None:
    """ConfigurationError when a file of EDU_SPEC_DIR lacks a column of the project's own."""
    headings, expected = _headings(path), _headings(own)
    if missing := [name for name in expected if name not in headings]:
        raise ConfigurationError(f"{path}, line 1: column {', '.join(missing)} is missing.")
    if twice := [name for name in expected if headings.count(name) > 1]:
        raise ConfigurationError(f"{path}, line 1: column {', '.join(twice)} stands twice.")


def _headings(path: Path) -> list[str]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            return next(csv.reader(handle), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}).") from error


def check_replacement(reference: Reference, own: Reference) -> None:
    """ConfigurationError when what EDU_SPEC_DIR gives does not fit the rest: SQL would only find out at the end of a run."""
    _check_codes(reference, own)
    _check_units(reference)
    _check_targets(reference, own)


def _check_codes(reference: Reference, own: Reference) -> None:
    path = reference.paths["codes"]
    if missing := sorted(own.codes.keys() - reference.codes.keys()):
        raise ConfigurationError(f"{path}: the list {', '.join(missing)} is missing.")
    groups = {(code.code_list, code.group) for codes in own.codes.values() for code in codes}
    lines = _lines(path, "code_list", "code", "group")
    seen = set[tuple[str, str]]()
    for line, (code_list, code, group) in lines:
        if (code_list, code) in seen:
            raise ConfigurationError(
                f"{path}, line {line}: column code: {code!r} stands twice in the list {code_list}."
            )
        if group and code_list in own.codes and (code_list, group) not in groups:
            raise ConfigurationError(f"{path}, line {line}: column group: the list {code_list} has no group {group!r}.")
        seen.add((code_list, code))


def _check_units(reference: Reference) -> None:
    path = reference.paths["reporting_units"]
    if [unit.kind for unit in reference.units.values()].count("municipal") != 1:
        raise ConfigurationError(f"{path}: column kind: exactly one unit must be municipal.")
    for line, (parent,) in _lines(path, "parent_code"):
        if parent and parent not in reference.units:
            raise ConfigurationError(f"{path}, line {line}: column parent_code: there is no unit {parent!r}.")


def _check_targets(reference: Reference, own: Reference) -> None:
    path, forms = reference.paths["metrics"], {file.stem for file in CONTRACTS_DIR.glob("*.yaml")}
    declared: set[str] = set()
    for line, target in enumerate(_read(path, Target), start=2):
        where = f"{path}, line {line}: column"
        if unknown := [form for form in target.source_forms if form not in forms]:
            raise ConfigurationError(f"{where} source_forms: there is no form {unknown[0]!r}.")
        expected = own.metrics[target.metric_id].method if target.metric_id in own.metrics else "declared"
        if target.method != expected:
            raise ConfigurationError(
                f"{where} method: {target.metric_id} must be {expected}; only the project computes metrics."
            )
        if target.method == "declared" and target.target_id in declared:
            raise ConfigurationError(f"{where} target_id: {target.target_id!r} stands twice.")
        declared |= {target.target_id} if target.method == "declared" else set()
    computed = {metric_id for metric_id, metric in own.metrics.items() if metric.method == "computed"}
    if missing := sorted(computed - reference.metrics.keys()):
        raise ConfigurationError(f"{path}: the computed metric {', '.join(missing)} is missing.")


def _lines(path: Path, *columns: str) -> list[tuple[int, tuple[str, ...]]]:
    """Some columns of a seed that was read before, with the number of each line."""
    with open(path, encoding="utf-8-sig", newline="") as handle:
        return [(n, tuple(row[name] for name in columns)) for n, row in enumerate(csv.DictReader(handle), start=2)]


@functools.cache
def _words() -> list[dict[str, str]]:
    with open(SEEDS_DIR / "labels.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def labels(vocabulary: str, language: Literal["zh", "en"] = "zh") -> dict[str, str]:
    """The words of a vocabulary of the warehouse itself (statuses, tiers, ...) by code, in the order of the seed."""
    return {row["code"]: row[f"label_{language}"] for row in _words() if row["vocabulary"] == vocabulary}


def vocabularies() -> list[str]:
    """Names of all vocabularies, in the order of the seed."""
    return list(dict.fromkeys(row["vocabulary"] for row in _words()))


@functools.cache
def school_sets() -> dict[str, tuple[str, ...]]:
    """The sets of schools that metrics ask, by name: codes of school types, or groups that stand for all of their types."""
    members: dict[str, list[str]] = {}
    for _, (school_set, member) in _lines(SEEDS_DIR / "school_sets.csv", "school_set", "member"):
        members.setdefault(school_set, []).append(member)
    return {name: tuple(found) for name, found in members.items()}


@functools.cache
def group_labels(code_list: str) -> dict[str, str]:
    """The Chinese labels of the groups of a code list, in the order of the seed."""
    lines = _lines(SEEDS_DIR / "code_groups.csv", "code_list", "code_group", "label_zh")
    return {group: label for _, (of_list, group, label) in lines if of_list == code_list}
