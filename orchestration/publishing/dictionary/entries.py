"""What the dictionary says: which table answers which question, released tables and columns, the forms they come from, code lists,
metrics and checks.

Questions stand in `questions.csv`; what the blanks in a check's message may hold, in `check_examples.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.checking.issues import message
from ingest.contracts.contract import Column, Contract, load_contracts
from ingest.reference import Reference, labels, vocabularies
from orchestration.publishing.catalogue import Catalogue, Relation

FOLDER = Path(__file__).parent
TABLES = """
select schema_name, table_name, coalesce(comment, '')
from duckdb_tables()
where database_name = current_database()
order by all
"""
COLUMNS = """
select column_name, data_type, is_nullable, coalesce(comment, '')
from duckdb_columns()
where database_name = current_database() and schema_name = $1 and table_name = $2
order by column_index
"""
# A target is written alike for every collection; of those of the city any one will do.
METRICS = """
select
    metric_id, name_zh, name_en, tier_zh, project_zh, value_kind_zh, unit_zh, target_text, due_on,
    definition_zh, definition_en, city_rule_zh, source_forms, quote_zh, assumption
from marts.dim_metric
left join (
    select metric_id, max(target_text) as target_text from metrics.scoreboard where area_kind = 'city' group by all
) as targets using (metric_id)
order by metric_id
"""


@dataclass(frozen=True)
class Meaning:
    """A comment in its parts."""

    zh: str
    en: str
    source: str

    @classmethod
    def of(cls, comment: str) -> Meaning:
        """Parts of 中文；English；来源 source：…; what is missing is ''."""
        said, _, source = comment.partition("；来源 source：")
        zh, _, en = said.partition("；")
        return cls(zh, en, source)


@dataclass(frozen=True)
class ReleasedColumn:
    """A column of a released table, with its DuckDB type."""

    name: str
    type: str
    is_nullable: bool
    is_key: bool
    meaning: Meaning


@dataclass(frozen=True)
class TableEntry:
    """A released table: its rows, key, relations and columns as they are in the release."""

    name: str
    rows: int
    meaning: Meaning
    key: tuple[str, ...]
    relations: tuple[Relation, ...]
    columns: Sequence[ReleasedColumn]


@dataclass(frozen=True)
class CodeList:
    """Codes of a list: (code, label, other labels that are accepted, or the English word)."""

    name: str
    codes: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Question:
    """What people ask, and the tables that answer it."""

    zh: str
    en: str
    tables: Sequence[str]


@dataclass(frozen=True)
class Dictionary:
    """`metrics` are rows of METRICS by column; `checks` are (check_id, name, severity, an example of its message)."""

    release_id: str
    questions: Sequence[Question]
    tables: Sequence[TableEntry]
    forms: Sequence[Contract]
    code_lists: Sequence[CodeList]
    metrics: Sequence[dict[str, object]]
    checks: Sequence[tuple[str, str, str, str]]


def read_dictionary(
    db: duckdb.DuckDBPyConnection, release_id: str, catalogue: Catalogue, reference: Reference
) -> Dictionary:
    """The dictionary of the release that is open in `db`."""
    return Dictionary(
        release_id,
        list(_questions()),
        list(_tables(db, catalogue)),
        list(load_contracts().values()),
        [*_code_lists(reference), *_vocabularies()],
        db.sql(METRICS).to_arrow_table().to_pylist(),
        list(checks_told(reference)),
    )


def _questions() -> Iterator[Question]:
    for row in _rows("questions.csv"):
        yield Question(row["question_zh"], row["question_en"], row["tables"].split(";"))


def _rows(name: str) -> list[dict[str, str]]:
    with open(FOLDER / name, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def checks_told(reference: Reference) -> Iterator[tuple[str, str, str, str]]:
    """Code, name, severity and an example of the message of every check."""
    severities = labels("severity")
    examples = {row.pop("check_id"): row for row in _rows("check_examples.csv")}
    for check in reference.checks.values():
        blanks = examples.get(check.check_id, {})
        yield check.check_id, check.name_zh, severities[check.severity], message(check, **blanks)


def _tables(db: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> Iterator[TableEntry]:
    for schema, name, comment in db.sql(TABLES).fetchall():
        known = catalogue.get((schema, name))
        key = known.key if known else ()
        columns = [
            ReleasedColumn(column, kind, nullable, column in key, Meaning.of(said))
            for column, kind, nullable, said in db.execute(COLUMNS, [schema, name]).fetchall()
        ]
        (rows,) = db.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0]
        relations = known.relations if known else ()
        yield TableEntry(f"{schema}.{name}", rows, Meaning.of(comment), key, relations, columns)


def _code_lists(reference: Reference) -> Iterator[CodeList]:
    yield CodeList(
        "reporting_units", [(unit.unit_code, unit.name_zh, unit.name_en) for unit in reference.units.values()]
    )
    targets = reference.declared_targets.items()
    yield CodeList("declared_targets", [(target, metric.name_zh, metric.metric_id) for target, metric in targets])
    for name, codes in reference.codes.items():
        yield CodeList(name, [(code.code, code.label_zh, "、".join(code.accepted_labels)) for code in codes])


def _vocabularies() -> Iterator[CodeList]:
    for name in vocabularies():
        english = labels(name, "en")
        yield CodeList(f"{name}（词 words）", [(code, label, english[code]) for code, label in labels(name).items()])


def type_of(column: Column) -> str:
    """Type of a form's column in Chinese, with its unit."""
    name = labels("column_type")[column.type]
    return f"{name}（{column.unit}）" if column.unit else name


def personal_data(column: Column) -> str:
    """What becomes of personal data in a column of a form; '' where it holds none."""
    return _in_both("personal_data", column.pii) if column.pii else ""


def _in_both(vocabulary: str, code: str) -> str:
    return f"{labels(vocabulary)[code]} {labels(vocabulary, 'en')[code]}"
