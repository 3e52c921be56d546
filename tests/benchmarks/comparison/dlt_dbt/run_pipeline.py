"""Contender: dlt loads the rosters into DuckDB, then a dbt project checks them and builds facts and metrics.

dlt gets a data frame a document, which its documentation calls the more performant way for structured data: frames go to
the destination as Parquet, without dlt's normalising of every row.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
import pandas as pd
from dbt.cli.main import dbtRunner
from dlt.common.pipeline import LoadInfo

PROJECT_DIR = Path(__file__).resolve().parent
sys.path.insert(0, str(PROJECT_DIR.parent))

import rosters  # noqa: E402
import task  # noqa: E402


@dlt.source
def returns(landing: Path) -> Iterator[dlt.sources.DltResource]:
    """The rosters, and the tables that they are checked against."""

    @dlt.resource(write_disposition="replace")
    def student_roster() -> Iterator[pd.DataFrame]:
        yield from rosters.read_all(landing, "calamine")

    yield student_roster
    for name, table in task.reference_tables().items():
        yield dlt.resource(table, name=name, write_disposition="replace")


def load(landing: Path, database: Path, pipelines_dir: Path) -> LoadInfo:
    """Tables in schema `raw` of the database."""
    pipeline = dlt.pipeline(
        "rosters", str(pipelines_dir), destination=dlt.destinations.duckdb(str(database)), dataset_name="raw"
    )
    info = pipeline.run(returns(landing))
    info.raise_on_failed_jobs()
    return info


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True)
    database = options.out / "warehouse.duckdb"
    print(load(options.landing, database, options.out / "dlt"))
    os.environ["COMPARISON_DATABASE"] = str(database)
    places = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    kept = ["--target-path", str(options.out / "target"), "--log-path", str(options.out / "logs")]
    sys.exit(0 if dbtRunner().invoke(["build", *places, *kept]).success else 1)


if __name__ == "__main__":
    main()
