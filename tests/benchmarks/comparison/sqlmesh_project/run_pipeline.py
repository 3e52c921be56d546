"""Contender: rosters go into DuckDB from data frames, then a SQLMesh project checks them and builds facts and metrics."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import duckdb
from sqlmesh import Context

PROJECT_DIR = Path(__file__).resolve().parent
sys.path.insert(0, str(PROJECT_DIR.parent))

import rosters  # noqa: E402
import task  # noqa: E402


def load(landing: Path, database: Path) -> None:
    """Tables in schema `raw` of the database; a document at a time, so that memory does not grow with their number."""
    with duckdb.connect(str(database)) as db:
        db.execute("create schema raw")
        for number, _frame in enumerate(rosters.read_all(landing, "calamine")):
            if number == 0:
                db.execute("create table raw.student_roster as select * from _frame limit 0")
            db.execute("insert into raw.student_roster select * from _frame")
        for name, _table in task.reference_tables().items():
            db.execute(f"create table raw.{name} as select * from _table")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True)
    database = options.out / "warehouse.duckdb"
    load(options.landing, database)
    os.environ |= {"COMPARISON_DATABASE": str(database), "COMPARISON_CACHE": str(options.out / "cache")}
    Context(paths=PROJECT_DIR).plan(auto_apply=True, no_prompts=True)


if __name__ == "__main__":
    main()
