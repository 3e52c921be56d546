"""What shows only beside other documents, asked by dbt's own models: compiled at setup, run on a DuckDB in memory.

Beside the rows of the file lie the register and last year's figures of the current release. What a release does not hold (persons,
earlier documents) is left to the refresh.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.lake.lake import form_table, segment_schemas
from ingest.lake.schemas import ARRIVAL_SCHEMA, READING_SCHEMA
from ingest.reference import SEEDS_DIR, Reference
from ingest.settings import DBT_DIR
from ingest.values.parse import mask_digits
from orchestration.desk.check.documents import CheckError
from orchestration.desk.check.outcome import ReadResult, Tables
from orchestration.desk.check.place import EVERY_UNIT, Place
from orchestration.desk.check.read import Tools, joined
from orchestration.runtime.sql import sql_text

COMPILED = DBT_DIR / "target" / "check" / "manifest.json"
ROOTS = ("issues", "documents")  # of the schema `quality`
NOT_COMPILED = "检查规则还没有准备好（the models are not compiled yet）。请先运行 make setup。"
OUTLIERS = "metric_outliers"
NO_OUTLIERS = "select 0 as reading_id, '' as form, '' as metric_id, '' as detail where false"
SOURCE = re.compile(r"read_parquet\('lake/([a-z_/]+?)(?:/\*)?\.parquet'(?:, union_by_name = true)?\)")
REGISTER = "school_register"
FACTS_OF_SCHOOLS = {
    "student_roster": "fct_enrollment",
    "teacher_roster": "fct_teacher_qualification",
    "school_conditions": "fct_school_conditions",
    "school_connectivity": "fct_broadband_connectivity",
    "school_practice": "fct_school_practice",
}
"""Where a release shows which schools have sent a form."""

# Every unit's schools, of this collection or, where a unit's register has not arrived, of the one before; `is_known_only`: what counts
# in a fact without a register row that was accepted.
RELEASED_SCHOOLS = """
create temp table released_schools as
with schools as (
    select schools.*, schools.collection_id = place.collection_id as is_of_now, false as is_known_only
    from release.marts.dim_school as schools, place
    where schools.collection_id in (place.collection_id, place.previous_id)
    qualify bool_or(is_of_now) over (partition by schools.unit_code) = is_of_now
)
from schools
union all by name
select
    facts.unit_code, facts.school_id, bool_or(facts.collection_id = place.collection_id) as is_of_now, true as is_known_only
from ({facts}) as facts
inner join place on facts.collection_id in (place.collection_id, place.previous_id)
anti join schools on facts.unit_code = schools.unit_code and facts.school_id = schools.school_id
group by facts.unit_code, facts.school_id
"""
# Without a release nobody knows the schools: those that the file names pass.
NAMED_SCHOOLS = """
create temp table released_schools as
select distinct place.unit_code, named.school_id, true as is_of_now, true as is_known_only
from ({named}) as named, place
where named.school_id is not null
"""
REGISTER_READINGS = """
create temp table registers as
select
    coalesce(place.every_unit, schools.unit_code) as unit_code,
    -row_number() over (order by 1) as reading_id,
    bool_or(schools.is_of_now) as is_of_now
from released_schools as schools, place
group by 1;
insert into lake."readings" by name
select reading_id, 'register of ' || registers.unit_code as document_id, place.collection_id, registers.unit_code,
    0 as arrival_no, true as is_readable, false as is_set_aside
from registers, place;
insert into lake."sheets" by name
select reading_id, 0 as sheet_no, 'school_register' as form, true as is_accepted, 1 as rows_read, 0 as rows_quarantined
from registers
where is_of_now;
insert into lake."rows/school_register" by name
select registers.reading_id, 0 as sheet_no, row_number() over () as row_number,
    schools.is_of_now and not schools.is_known_only as is_accepted, {columns}
from released_schools as schools
cross join place
inner join registers on registers.unit_code = coalesce(place.every_unit, schools.unit_code)
"""
# Changes to what a model gives, by its name.
LAST_YEAR = """
insert into {relation} by name
select place.previous_id as collection_id, place.unit_code, facts.school_id, facts.{people}
from release.marts.{name} as facts, place
where facts.collection_id = place.previous_id and (place.every_unit is not null or facts.unit_code = place.unit_code)
"""
SENT_BEFORE = """
delete from {relation} as missing
using place, ({facts}) as facts
where place.every_unit is not null or (
    facts.collection_id = place.collection_id and facts.unit_code = place.unit_code
    and facts.form = missing.form and facts.school_id = missing.school_id
)
"""
# A figure of the unit is compared where all that it rests on lies in the file.
OTHER_FIGURES = """
delete from {relation} as figures
using place
where
    place.every_unit is not null
    or figures.collection_id <> place.collection_id
    or figures.unit_code <> place.unit_code
    or figures.schools_reported is distinct from figures.schools_expected
    or figures.units_reported is distinct from figures.units_expected;
insert into {relation} by name
select released.metric_id, released.collection_id, released.unit_code, released.value
from release.metrics.metric_values as released, place
where released.collection_id in (place.collection_id, place.previous_id)
    and not (released.collection_id = place.collection_id and released.unit_code = place.unit_code)
"""


@contextmanager
def warehouse(
    results: Sequence[ReadResult], place: Place, tools: Tools, release: Path | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with `quality.issues` and `quality.documents` of the documents as a refresh would have them."""
    with duckdb.connect() as db:
        db.execute(
            "set timezone = 'UTC'; set preserve_insertion_order = false; set threads = 1; set enable_progress_bar = false"
        )
        _load_lake(db, results, place, tools)
        if release:
            _attach(db, release)
        _load_register(db, results, tools, release)
        changes = _changes() if release else {}
        is_compared = release is not None and place.is_of_one_unit
        for node in _plan(ROOTS, () if is_compared else (OUTLIERS,)):
            change = changes.get(node["name"])
            _make(db, node, tools.reference, as_table=change is not None)
            if change:
                db.execute(change.replace("{relation}", node["relation_name"]))
        db.execute("delete from quality.documents where path is null")  # the registers that were laid beside
        yield db


def _attach(db: duckdb.DuckDBPyConnection, release: Path) -> None:
    try:
        db.execute(f"attach {sql_text(release / 'warehouse.duckdb')} as release (read_only)")
    except duckdb.Error as error:
        raise CheckError(
            f"现行版本 {release} 打不开（the current release cannot be opened）。请重新运行 make refresh。"
        ) from error


@cache
def _plan(roots: tuple[str, ...], empty: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Seeds and models in an order in which each follows what it rests on; those of `empty` have no rows, and rest on nothing.

    CheckError when they were not compiled.
    """
    try:
        nodes = json.loads(COMPILED.read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError) as error:
        raise CheckError(NOT_COMPILED) from error
    names = {f"model.edu.{name}" for name in empty}
    nodes |= {name: {**nodes[name], "depends_on": {}, "compiled_code": NO_OUTLIERS} for name in names}
    ordered: dict[str, dict[str, Any]] = {}

    def add(name: str) -> None:
        if name in nodes and name not in ordered:
            for other in nodes[name].get("depends_on", {}).get("nodes", ()):
                add(other)
            ordered[name] = nodes[name]

    for root in roots:
        add(f"model.edu.{root}")
    if any(node["resource_type"] == "model" and "compiled_code" not in node for node in ordered.values()):
        raise CheckError(NOT_COMPILED)
    return list(ordered.values())


def relation(model: str) -> str:
    """Where a model's rows lie."""
    return str(next(node["relation_name"] for node in _plan(ROOTS) if node["name"] == model))


def _make(db: duckdb.DuckDBPyConnection, node: Mapping[str, Any], reference: Reference, as_table: bool) -> None:
    db.execute(f"create schema if not exists {node['schema']}")
    if node["resource_type"] == "seed":
        path = reference.paths.get(node["name"], SEEDS_DIR / f"{node['name']}.csv")
        db.execute(f"create table {node['relation_name']} as from {_csv(path, node['config']['column_types'])}")
    else:
        kind = "view" if node["config"]["materialized"] == "view" and not as_table else "table"
        query = SOURCE.sub(r'lake."\1"', node["compiled_code"])
        db.execute(f"create {kind} {node['relation_name']} as {query}")


def _csv(path: Path, types: Mapping[str, str]) -> str:
    """A seed file as DuckDB reads it, with the types that dbt gives its columns."""
    with open(path, encoding="utf-8-sig", newline="") as handle:
        headings = next(csv.reader(handle))
    columns = ", ".join(f"{sql_text(name)}: '{types.get(name, 'string')}'" for name in headings)
    return f"read_csv({sql_text(path)}, header = true, columns = {{{columns}}})"


def _load_lake(db: duckdb.DuckDBPyConnection, results: Sequence[ReadResult], place: Place, tools: Tools) -> None:
    """The tables that models start from, under their names in the lake."""
    tables: Tables = {name: schema.empty_table() for name, schema in segment_schemas(tools.contracts).items()}
    tables = joined([tables, *(result.tables for result in results)])
    tables["forms"] = form_table(tools.contracts)
    tables["arrivals"] = ARRIVAL_SCHEMA.empty_table()
    tables["readings"] = pa.Table.from_pylist([_reading(result, place) for result in results], READING_SCHEMA)
    db.execute("create schema lake")
    for name, table in tables.items():
        db.register("given", table)
        db.execute(f'create table lake."{name}" as from given')
    db.execute(
        "create temp table place (collection_id text, previous_id text, unit_code text, every_unit text)",
    )
    db.execute(
        "insert into place values (?, ?, ?, ?)",
        [place.collection_id, place.previous_id, place.unit_code, None if place.is_of_one_unit else EVERY_UNIT],
    )


def _reading(result: ReadResult, place: Place) -> dict[str, object]:
    document = result.document
    return {
        "reading_id": document.number,
        "document_id": document.document_id,
        "collection_id": place.collection_id,
        "unit_code": place.unit_code,
        "path": mask_digits(document.name),
        "received_at": document.received_at,
        "size_bytes": document.size_bytes,
        "stated_at": document.stated_at,
        "arrival_no": document.number,
        "is_readable": result.is_readable,
        "reason": result.reason,
        "is_set_aside": False,
    }


def _load_register(
    db: duckdb.DuckDBPyConnection, results: Sequence[ReadResult], tools: Tools, release: Path | None
) -> None:
    """Lays the schools that are known beside the file, as a register that came before it."""
    if release:
        db.execute(RELEASED_SCHOOLS.format(facts=_facts("fct_enrollment", "fct_teacher_qualification")))
    elif any(f"rows/{REGISTER}" in result.tables for result in results):
        return
    else:
        db.execute(NAMED_SCHOOLS.format(named=_named_schools(tools)))
    present = {name for name, *_ in db.execute("describe released_schools").fetchall()}
    columns = [name for name in tools.contracts[REGISTER].lake_schema.names if name in present]
    db.execute(REGISTER_READINGS.format(columns=", ".join(f"schools.{name}" for name in columns)))


def _named_schools(tools: Tools) -> str:
    return _union(
        f'select school_id from lake."rows/{form}"'
        for form, contract in tools.contracts.items()
        if "school_id" in contract.lake_schema.names
    )


def _facts(*names: str) -> str:
    forms = {fact: form for form, fact in FACTS_OF_SCHOOLS.items()}
    return _union(
        f"select collection_id, unit_code, school_id, '{forms[name]}' as form from release.marts.{name}"
        for name in names
    )


def _union(queries: Iterable[str]) -> str:
    return " union all ".join(queries)


def _changes() -> dict[str, str]:
    """What the release adds to models, as SQL, by the model's name."""
    people = {"fct_enrollment": "pupils", "fct_teacher_qualification": "teachers"}
    last_year = {name: LAST_YEAR.replace("{name}", name).replace("{people}", of) for name, of in people.items()}
    sent_before = SENT_BEFORE.replace("{facts}", _facts(*FACTS_OF_SCHOOLS.values()))
    return {**last_year, "missing_schools": sent_before, "metric_figures": OTHER_FIGURES}
