"""Spark as the engine (EDU_ENGINE=spark): how its dbt is started, and how the tables it made come into the working database.

A release is made of the working database whichever engine computed, so that nobody who reads one can tell.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import duckdb
import fsspec

from ingest.errors import ConfigurationError
from ingest.files import private_dir
from ingest.settings import Settings
from orchestration.release.catalogue import MANIFEST, RELEASED_SCHEMAS

if TYPE_CHECKING:
    import pyarrow.dataset as ds


@dataclass(frozen=True)
class Contract:
    """A released table as its model promises it: `columns` are (name, type, whether it must not be blank)."""

    schema: str
    name: str
    columns: tuple[tuple[str, str, bool], ...]


def dbt_executable(settings: Settings) -> Path:
    """The dbt of Spark's environment; ConfigurationError when it is not installed."""
    if not settings.spark_dbt.exists():
        raise ConfigurationError(
            f"EDU_ENGINE is spark, but there is no {settings.spark_dbt}: run `make .venv-spark/requirements.installed`, "
            "or name the dbt that has dbt-spark in EDU_SPARK_DBT."
        )
    return settings.spark_dbt


def spark_environment(settings: Settings) -> dict[str, str]:
    """What a session inside dbt reads: tables where they will be looked for, its metastore and log in the data folder.

    A cluster's Thrift server has a configuration of its own.
    """
    home = private_dir(settings.work_dir / "spark")
    options = {
        "spark.sql.warehouse.dir": settings.spark_warehouse,
        "spark.driver.defaultJavaOptions": f"-Dderby.system.home={shlex.quote(str(home))}",
    }
    return submit_arguments(options)


def submit_arguments(options: Mapping[str, str]) -> dict[str, str]:
    """The environment variable by which a session inside dbt takes Spark's options."""
    arguments = [part for name, value in options.items() for part in ("--conf", f"{name}={value}")]
    return {"PYSPARK_SUBMIT_ARGS": shlex.join([*arguments, "pyspark-shell"])}


def make_room(settings: Settings, tables: Iterable[dg.AssetKey]) -> None:
    """Removes what lies where Spark will write tables: what a killed build left there is in no metastore, and would stop the next."""
    for table in tables:
        filesystem, folder = _folder(settings, *table.path)
        if filesystem.exists(folder):
            filesystem.rm(folder, recursive=True)


def gather(settings: Settings, report: Callable[[str], None] = print) -> None:
    """Copies the released tables that Spark made into the working database, with the types of their contracts.

    ConfigurationError when they do not lie where EDU_SPARK_WAREHOUSE says; ConstraintException for a blank that a contract excludes.
    """
    report("正在收取 Spark 算出的表")
    with duckdb.connect(str(settings.warehouse_path)) as db:
        for contract in contracts():
            name = f'"{contract.schema}"."{contract.name}"'
            columns = [f'"{column}" {kind}{" not null" if full else ""}' for column, kind, full in contract.columns]
            names = ", ".join(f'"{column}"' for column, *_ in contract.columns)
            db.register("spark_table", _written(settings, contract))
            db.execute(f'create schema if not exists "{contract.schema}"')
            db.execute(f"create or replace table {name} ({', '.join(columns)})")
            db.execute(f"insert into {name} select {names} from spark_table")


def contracts(manifest: Path = MANIFEST) -> Iterator[Contract]:
    """The contracts of the released tables, from dbt's manifest."""
    for node in json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in RELEASED_SCHEMAS:
            columns = [
                (column["name"], column["data_type"], any(c["type"] == "not_null" for c in column["constraints"]))
                for column in node["columns"].values()
            ]
            yield Contract(node["schema"], node["alias"], tuple(columns))


def _written(settings: Settings, contract: Contract) -> ds.Dataset:
    """The Parquet files of a table, wherever fsspec reaches them."""
    import pyarrow.dataset as ds  # takes its time, and this module is loaded for every engine

    filesystem, folder = _folder(settings, contract.schema, contract.name)
    if not filesystem.exists(folder):
        raise ConfigurationError(
            f"Spark's table {contract.schema}.{contract.name} is not at {folder}: EDU_SPARK_WAREHOUSE must name what "
            "spark.sql.warehouse.dir is in Spark's configuration."
        )
    return ds.dataset(folder, filesystem=filesystem, format="parquet")


def _folder(settings: Settings, schema: str, name: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system and the folder in it where Spark keeps a table of its own."""
    filesystem, root = fsspec.url_to_fs(settings.spark_warehouse)
    return filesystem, f"{root}/{schema}.db/{name}"
