"""What the pages show, read from a release in a few queries over whole tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb

Row = dict[str, Any]
Key = tuple[str, str, str]
"""Collection, unit and metric."""

VALUES = """
select
    scoreboard.*,
    progress.target_upper,
    progress.required_per_year,
    figures.schools_reported,
    figures.schools_expected
from metrics.scoreboard
inner join metrics.target_progress as progress using (metric_id, collection_id, unit_code)
inner join metrics.metric_values as figures using (metric_id, collection_id, unit_code)
order by collection_id, unit_code, metric_id
"""
METRICS = "select * from marts.dim_metric order by project_no, target_id, metric_id"
UNITS = "select unit_code, name_zh, name_en, kind from marts.dim_unit order by unit_code"
AREAS = "select unit_code, area_zh, area_en, area_kind from marts.dim_area order by sort_order"
COLLECTIONS = "select collection_id, name_zh, as_of_date, is_baseline from marts.dim_collection order by as_of_date"
RETURNS = "select * from quality.return_status order by collection_id, unit_code, form"
# Of many questions of one kind the first speaks for all.
QUESTIONS = """
select collection_id, unit_code, form, form_zh, column_name, check_id_zh, count(*) as questions,
    arg_min(message_zh, (row_number, issue_no)) as message_zh
from quality.issues
where
    severity = 'query'
    and not is_replaced
    and explanation is null
    and check_id not in ('document.unknown_column', 'document.hidden_sheet')
group by all
order by all
"""
SUMMARIES = "select * from metrics.area_summary order by collection_id, unit_code"
MUNICIPAL = "municipal"


@dataclass(frozen=True)
class Release:
    """The tables that the pages rest on; `values` and `summaries` have the city's rows under the municipal unit's code."""

    collections: list[Row]
    units: list[Row]
    areas: list[Row]
    metrics: list[Row]
    values: dict[Key, Row]
    returns: dict[Key, Row]
    questions: list[Row]
    summaries: dict[tuple[str, str], Row]

    @cached_property
    def city_code(self) -> str:
        """The code of the city's own unit."""
        code: str = next(unit["unit_code"] for unit in self.units if unit["kind"] == MUNICIPAL)
        return code

    @cached_property
    def by_area(self) -> dict[tuple[str, str], list[Row]]:
        """The rows of `values` by collection and unit."""
        rows: dict[tuple[str, str], list[Row]] = {}
        for (collection, unit, _), row in self.values.items():
            rows.setdefault((collection, unit), []).append(row)
        return rows

    @cached_property
    def latest(self) -> str:
        """The latest collection with a value for the city; the first one where there is none."""
        city = (row for (_, unit, _), row in self.values.items() if unit == self.city_code)
        filled = {row["collection_id"] for row in city if row["value"] is not None}
        names: list[str] = [each["collection_id"] for each in self.collections]
        return next((name for name in reversed(names) if name in filled), names[0])


def read_release(db: duckdb.DuckDBPyConnection) -> Release:
    """Everything that the pages show of metrics and returns."""
    return Release(
        collections=rows_of(db, COLLECTIONS),
        units=rows_of(db, UNITS),
        areas=rows_of(db, AREAS),
        metrics=rows_of(db, METRICS),
        values={(row["collection_id"], row["unit_code"], row["metric_id"]): row for row in rows_of(db, VALUES)},
        returns={(row["collection_id"], row["unit_code"], row["form"]): row for row in rows_of(db, RETURNS)},
        questions=rows_of(db, QUESTIONS),
        summaries={(row["collection_id"], row["unit_code"]): row for row in rows_of(db, SUMMARIES)},
    )


def settled_status(row: Row) -> str:
    """The status of a row; of a provisional one the status that it would have were it final."""
    status: str = row["status_if_final"] if row["status"] == "provisional" else row["status"]
    return status


def rows_of(db: duckdb.DuckDBPyConnection, query: str, **given: str) -> list[Row]:
    """Rows of a query as dicts, null as None; `given` are its parameters by name."""
    rows: list[Row] = db.execute(query, given).to_arrow_table().to_pylist()
    return rows
