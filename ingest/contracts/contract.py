"""Contracts: what a form looks like, loaded and validated from one YAML file a form in `contracts/`.

They are the single source for the reader, the checks, the template and feedback workbooks, the dictionary and the sample city.
"""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import Literal

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.errors import ConfigurationError
from ingest.settings import CONTRACTS_DIR

ColumnType = Literal["text", "code", "bool", "int", "number", "date"]
ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "code": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
}
PSEUDONYM = pa.binary(16)
YEAR_OF_STAGE = "grade_year"  # in the lake: the year of a stage that the cell does not name
AGE = "age_years"  # in the lake: whole years at the reference date
IS_COUNTED = "is_counted"  # in the lake: whether the row's person is still there


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One column of a form; the checks about this column alone stand here too.

    `not_before` and `not_after` hold an ISO date or the name of a date of the collection; `equals` names a field of the
    collection; `age_at_reference` is in whole years; `comparable` asks for a normalised twin of the column for counting distinct.

    Of several headings for the column on one sheet one of `preferred_headings` is read; where none is there, columns under all the
    headings of `sum_of` are added up. Values in `blanks` are blanks; `heading_labels` gives labels that hold under one heading only;
    with `year_of_date` a date gives its year. `stage_years`: the codes are years of stages, and a year may stand without its stage.
    """

    name: str
    heading_zh: str
    name_en: str
    synonyms: tuple[str, ...] = ()
    type: ColumnType
    unit: str | None = None
    required: bool = False
    codes: str | None = None
    pii: Literal["drop", "pseudonymise", "to_month"] | None = None
    identifier: bool = False
    national_id: Literal["whole", "after_g"] | None = None
    pattern: str | None = None
    pattern_zh: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    plausible: tuple[float, float] | None = None
    not_before: str | None = None
    not_after: str | None = None
    age_at_reference: tuple[int, int] | None = None
    equals: str | None = None
    comparable: Literal["text", "class"] | None = None
    preferred_headings: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    heading_labels: dict[str, dict[str, str]] = Field(default_factory=dict)
    year_of_date: bool = False
    stage_years: bool = False

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _complete(self) -> Column:
        if self.type in ("code", "bool") and not self.codes:
            raise ValueError(f"column {self.name} is of type {self.type} and names no code list under `codes`")
        if self.pattern and not self.pattern_zh:
            raise ValueError(
                f"column {self.name} has a pattern and no `pattern_zh` that tells a county what it asks for"
            )
        return self

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that stands for this column, the official one first."""
        return (self.heading_zh, *self.synonyms)

    @property
    def lake_name(self) -> str | None:
        """Name of the column in the lake; None for a column that never leaves the reader."""
        if self.pii == "drop":
            return None
        return self.name.replace("_date", "_month") if self.pii == "to_month" else self.name

    @property
    def lake_type(self) -> pa.DataType:
        """The Arrow type of its values in the lake; a pseudonym has one of its own."""
        return PSEUDONYM if self.pii == "pseudonymise" else ARROW_TYPES[self.type]

    @property
    def comparable_name(self) -> str:
        """Name of the normalised twin in the lake."""
        return f"{self.name}_key"


class RowRule(_Strict):
    """A rule about more than one column of a row; the fault is reported at `column`."""

    rule: Literal[
        "at_most",
        "at_least",
        "required_when",
        "only_when",
        "one_of_required",
        "counts_not_percent",
        "implied",
        "implied_where_blank",
    ]
    column: str | None = None
    columns: tuple[str, ...] = ()
    limit: str | None = None
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    check_id: str = "row.rule"
    item: str | None = None
    numerator: str | None = None
    value: str | None = None


class Contract(_Strict):
    """One form: who supplies it, its key, what a later document replaces, and its columns in order.

    `counts_by` names the column whose codes say whether a row's person is still there, and counts; `told_by` the column that a repeated
    row is reported at (the first of the key where nothing is said). `mart` names the form's fact where it is not called as the form is.
    The school of a row must be of a type in `school_type_group`; `school_type_group_zh` says to a county that it is not.
    """

    form: str
    sequence: int
    name_zh: str
    name_en: str
    kind: Literal["roster", "return"]
    suppliers: tuple[Literal["county", "zone", "municipal"], ...]
    key: tuple[str, ...]
    replacement_scope: Literal["school", "unit"]
    counts_by: str | None = None
    told_by: str | None = None
    mart: str | None = None
    school_type_group: str | None = None
    school_type_group_zh: str | None = None
    covers: tuple[Literal["kindergarten", "compulsory", "senior", "vocational", "special"], ...] = ()
    due: Literal["due_on", "year_end_due_on"]
    columns: tuple[Column, ...]
    row_rules: tuple[RowRule, ...] = ()

    @model_validator(mode="after")
    def _names_are_columns(self) -> Contract:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("a column name stands twice")
        used = {*self.key, *filter(None, [self.counts_by, self.told_by])}
        for rule in self.row_rules:
            used |= (
                {n for n in (rule.column, rule.limit, rule.item, rule.numerator) if n} | {*rule.columns} | {*rule.when}
            )
        if unknown := used - set(names):
            raise ValueError(f"key or row_rules name unknown columns: {', '.join(sorted(unknown))}")
        headings = [heading for column in self.columns if not column.codes for heading in column.headings]
        coded = {
            heading for column in self.columns if column.codes for heading in column.headings
        }  # told apart by their values
        if doubled := {heading for heading in headings if headings.count(heading) > 1 or heading in coded}:
            raise ValueError(f"a heading stands for two columns: {', '.join(sorted(doubled))}")
        return self

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        return self._by_name[name]

    @functools.cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @functools.cached_property
    def lake_schema(self) -> pa.Schema:
        """Schema of this form's rows in the lake: where the row stood, whether it was accepted, and the typed columns."""
        fields = [
            pa.field("reading_id", pa.int32()),
            pa.field("sheet_no", pa.int32()),
            pa.field("row_number", pa.int32()),
            pa.field("is_accepted", pa.bool_()),
        ]
        for column in self.columns:
            if column.lake_name:
                fields.append(pa.field(column.lake_name, column.lake_type))
            if column.comparable:
                fields.append(pa.field(column.comparable_name, pa.string()))
            if column.stage_years:
                fields += [pa.field(YEAR_OF_STAGE, pa.int8()), pa.field(AGE, pa.int16())]
        if self.counts_by:
            fields.append(pa.field(IS_COUNTED, pa.bool_()))
        return pa.schema(fields)

    @functools.cached_property
    def digest(self) -> str:
        """Changes exactly when the contract does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def _explain(path: Path, error: ValidationError) -> str:
    problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or '(whole form)'}: {e['msg']}" for e in error.errors())
    return f"{path.name}: {problems}"


def load_contract(path: Path) -> Contract:
    """One contract; ConfigurationError names the file, the key and what is wrong."""
    try:
        contract = Contract.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ConfigurationError(_explain(path, error)) from error
    except (yaml.YAMLError, OSError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    if contract.form != path.stem:
        raise ConfigurationError(f"{path.name}: form is {contract.form!r}, but the file name says {path.stem!r}")
    return contract


@functools.cache
def load_contracts(folder: Path = CONTRACTS_DIR) -> dict[str, Contract]:
    """All contracts by form, in their order."""
    contracts = sorted((load_contract(path) for path in folder.glob("*.yaml")), key=lambda c: c.sequence)
    if not contracts:
        raise ConfigurationError(f"{folder}: no contracts found")
    return {contract.form: contract for contract in contracts}
