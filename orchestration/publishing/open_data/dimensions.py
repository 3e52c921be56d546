"""What the tables of the bundle hang on: units, collections, metrics, and the meaning of codes and symbols."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from orchestration.publishing.open_data.resources import Resource, plain_columns
from orchestration.publishing.open_data.rules import TOTAL, UNKNOWN, Bilingual, Rules

METRIC_COLUMNS = (
    "metric_id",
    "target_id",
    "tier",
    "project_no",
    "project_zh",
    "quote_zh",
    "name_zh",
    "name_en",
    "value_kind",
    "unit",
    "comparator",
    "target_value",
    "target_upper",
    "due_on",
    "method",
    "numerator_rule",
    "denominator_rule",
    "city_rule",
    "reported_by",
    "lead_departments",
)
COLLECTION_COLUMNS = (
    "collection_id",
    "name_zh",
    "school_year",
    "reference_date",
    "as_of_date",
    "closes_on",
    "is_baseline",
)
UNIT_COLUMNS = ("unit_code", "name_zh", "name_en", "kind")


@dataclass(frozen=True)
class Dimensions:
    """`kinds` of units by code, and when each collection closes."""

    kinds: dict[str, str]
    closes: dict[str, date]
    made_at: datetime

    @property
    def municipal(self) -> str:
        """The code of the city's own unit."""
        return next(unit for unit, kind in self.kinds.items() if kind == "municipal")

    def is_open(self, collection_id: str) -> bool:
        """Whether a collection still took returns on the day of the release."""
        return self.closes[collection_id] >= self.made_at.date()


def read_dimensions(db: duckdb.DuckDBPyConnection, made_at: datetime) -> Dimensions:
    """Units and collections of the release that was made at a moment."""
    kinds = dict(db.sql("select unit_code, kind from marts.dim_unit order by unit_code").fetchall())
    closes = dict(db.sql("select collection_id, closes_on from marts.dim_collection order by 1").fetchall())
    return Dimensions(kinds, closes, made_at)


def dimension_resources(db: duckdb.DuckDBPyConnection, rules: Rules) -> list[Resource]:
    """What every table refers to: units, collections, metrics, symbols."""
    return [_units(db, rules), _collections(db, rules), _metrics(db, rules), _symbols(rules)]


def _units(db: duckdb.DuckDBPyConnection, rules: Rules) -> Resource:
    rows = db.sql(f"select {', '.join(UNIT_COLUMNS)} from marts.dim_unit order by unit_code").fetchall()
    rows.append((TOTAL, "全市", "The city as a whole", "city"))
    columns = plain_columns(rules, UNIT_COLUMNS, required=UNIT_COLUMNS)
    return Resource("units", ("单位", "Units"), columns, rows, ("unit_code",))


def _collections(db: duckdb.DuckDBPyConnection, rules: Rules) -> Resource:
    rows = db.sql(f"select {', '.join(COLLECTION_COLUMNS)} from marts.dim_collection order by collection_id").fetchall()
    columns = plain_columns(rules, COLLECTION_COLUMNS, required=COLLECTION_COLUMNS)
    return Resource("collections", ("报送学年", "Collections"), columns, rows, ("collection_id",))


def _metrics(db: duckdb.DuckDBPyConnection, rules: Rules) -> Resource:
    rows = db.sql(f"select {', '.join(METRIC_COLUMNS)} from marts.dim_metric order by metric_id").fetchall()
    columns = plain_columns(rules, METRIC_COLUMNS, required=("metric_id", "name_zh", "name_en"))
    return Resource("metrics", ("指标", "Metrics of the plan"), columns, rows, ("metric_id",))


def _symbols(rules: Rules) -> Resource:
    rows = [(symbol, zh, en) for symbol, (zh, en) in rules.symbols.items()]
    columns = plain_columns(rules, ("symbol", "label_zh", "label_en"), required=("symbol", "label_zh", "label_en"))
    return Resource("symbols", ("状态符号", "Symbols of the status columns"), list(columns), list(rows), ("symbol",))


def codes_resource(rules: Rules, tables: list[Resource]) -> Resource:
    """The meaning of every code that occurs in a dimension of the tables."""
    used = {
        (column.name, code) for table in tables for column in table.columns if column.name in rules.dimensions
        for code in column.enum
    }  # fmt: skip
    rows = [(dimension, code, *_label(rules, dimension, code)) for dimension, code in sorted(used)]
    names = ("dimension", "code", "label_zh", "label_en")
    columns = plain_columns(rules, names, required=names)
    return Resource("codes", ("代码", "Codes"), columns, list(rows), ("dimension", "code"))


def _label(rules: Rules, dimension: str, code: str) -> Bilingual:
    """A code that the rules do not know stands for itself: code lists may be replaced."""
    rule = rules.dimensions[dimension]
    if code in rule.groups:
        return rule.groups[code].title
    own = {TOTAL: ("合计", "total"), UNKNOWN: ("未知", "unknown")}
    return rule.codes.get(code) or own.get(code) or (code, code)
