"""What a contender came to: views of the same names over whatever it stored, and the questions that all must answer alike."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import task

PROJECT_VIEWS = Path(__file__).with_name("project_views.sql")
TABLES = ("pupils", "rows_set_aside", "row_faults", "fct_enrollment", "fct_class", "fct_fitness", "metrics")
QUESTIONS = {
    "pupils accepted": "select collection_id, unit_code, count(*) from pupils group by all",
    "rows set aside": "select collection_id, unit_code, count(*) from rows_set_aside group by all",
    "faults": "select collection_id, unit_code, column_name, check_id, count(*) from row_faults group by all",
    "fct_enrollment": "select collection_id, unit_code, school_id, stage, grade, sex, pupils, classes from fct_enrollment",
    "fct_class": "select collection_id, unit_code, school_id, stage, grade, class_name, pupils from fct_class",
    "fct_fitness": "select collection_id, unit_code, school_id, stage, grade, fitness_grade, pupils from fct_fitness",
    "metrics": "select metric_id, collection_id, unit_code, numerator::double, denominator::double from metrics",
}
# Asked of contenders that keep the pseudonyms where we can see them.
PSEUDONYMS = (
    "select collection_id, unit_code, count(distinct student_key), bit_xor(hash(student_key)) from pupils group by all"
)

Answers = dict[str, Counter[tuple[object, ...]]]


def of_parquet(out: Path) -> Answers:
    """Of a folder with a Parquet file a table."""
    with duckdb.connect() as db:
        for table in TABLES:
            db.execute(f"create view {table} as from '{out}/{table}.parquet'")
        return _answers(db, QUESTIONS | {"pseudonyms": PSEUDONYMS})


def of_schema(out: Path, schema: str) -> Answers:
    """Of a schema of a database `warehouse.duckdb`."""
    with duckdb.connect(str(out / "warehouse.duckdb"), read_only=True) as db:
        db.execute(f"use {schema}")
        return _answers(db, QUESTIONS | {"pseudonyms": PSEUDONYMS})


def of_project(data_dir: Path) -> Answers:
    """Of the project's release, which holds no person rows: pupils are counted from its facts.

    It publishes three of the metrics; the others are worked out from its facts. Where the contenders see that a school's
    number has the wrong form, it sees that the register does not have the school.
    """
    release = data_dir / "published" / "current" / "warehouse.duckdb"
    checks = ", ".join(f"'{check_id}'" for check_id in task.SEVERITIES)
    with duckdb.connect() as db:
        db.execute(f"attach '{release}' as release (read_only)")
        db.execute(
            PROJECT_VIEWS.read_text(encoding="utf-8").format(
                checks=checks, city=task.CITY, large_class_pupils_min=task.LARGE_CLASS_PUPILS_MIN
            )
        )
        return _answers(db, QUESTIONS | {"faults": QUESTIONS["faults"].replace("check_id", "asked_check_id")})


def differences(answers: dict[str, Answers]) -> list[str]:
    """A line for every answer that is not that of the first contender who gave one, with an example of a row."""
    lines = []
    for question in {question: None for given in answers.values() for question in given}:
        (first, wanted), *others = [(name, given[question]) for name, given in answers.items() if question in given]
        for name, given in others:
            extra, missing = given - wanted, wanted - given
            if extra or missing:
                examples = f"for instance {next(iter(extra), None)} instead of {next(iter(missing), None)}"
                lines.append(
                    f"{question}: {name} has {extra.total()} rows that {first} has not, and lacks {missing.total()}, {examples}"
                )
    return lines


def _answers(db: duckdb.DuckDBPyConnection, questions: dict[str, str]) -> Answers:
    return {question: Counter(db.sql(query).fetchall()) for question, query in questions.items()}
