"""What a contender came to: views of the same names over whatever it stored, and the questions that all must answer alike."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import task

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

Answers = dict[str, Counter[tuple]]


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
        db.execute(f"""
            create view pupils as
                select collection_id, unit_code
                from release.marts.fct_enrollment, generate_series(1, pupils);
            create view row_faults as
                select
                    *,
                    if(issues.check_id = 'row.unknown_school', 'cell.pattern', issues.check_id) as asked_check_id
                from release.quality.issues as issues
                where form = 'student_roster' and asked_check_id in ({checks});
            create view rows_set_aside as
                select distinct collection_id, unit_code, document_id, sheet, row_number
                from row_faults
                where severity = 'error';
            create view fct_enrollment as from release.marts.fct_enrollment;
            create view fct_class as from release.marts.fct_class;
            create view fct_fitness as from release.marts.fct_fitness;
            create view places as
                select distinct collection_id, unit_code as reported_by, unnest([unit_code, '{task.CITY}']) as unit_code
                from release.marts.fct_enrollment
                where reported_by <> '{task.CITY}'
                union
                select distinct collection_id, unit_code, unit_code
                from release.marts.fct_enrollment
                where unit_code = '{task.CITY}';
            create view metrics as
                select metric_id, collection_id, unit_code, numerator, denominator
                from release.metrics.metric_values
                where
                    metric_id in ('fitness_pass_rate', 'small_class_share_primary', 'small_class_share_junior')
                    and numerator is not null
                union all
                select
                    unnest(['pupils', 'girls_share']),
                    enrollment.collection_id,
                    places.unit_code,
                    unnest([sum(pupils), coalesce(sum(pupils) filter (where sex = 'F'), 0)]),
                    unnest([null, sum(pupils)])
                from fct_enrollment as enrollment
                join places on enrollment.collection_id = places.collection_id and enrollment.unit_code = reported_by
                group by all
                union all
                select
                    unnest(['average_class_size', 'large_class_share']),
                    classes.collection_id,
                    places.unit_code,
                    unnest([sum(pupils), count(*) filter (where pupils >= {task.LARGE_CLASS_PUPILS_MIN})]),
                    count(*)
                from fct_class as classes
                join places on classes.collection_id = places.collection_id and classes.unit_code = reported_by
                where stage in ('primary', 'junior')
                group by all
                union all
                select
                    'fitness_excellent_share',
                    fitness.collection_id,
                    places.unit_code,
                    coalesce(sum(pupils) filter (where fitness_grade = 'excellent'), 0),
                    sum(pupils)
                from fct_fitness as fitness
                join places on fitness.collection_id = places.collection_id and fitness.unit_code = reported_by
                where
                    stage in ('primary', 'junior', 'senior', 'vocational')
                    and fitness_grade in ('excellent', 'good', 'pass', 'fail')
                group by all;
        """)
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
