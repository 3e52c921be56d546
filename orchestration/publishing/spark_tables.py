"""The tables that Spark made come into the working database.

A release is made of the working database whichever engine computed, so that nobody who reads one can tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import fsspec

from ingest.errors import ConfigurationError
from ingest.settings import Settings
from orchestration.publishing.catalogue import MANIFEST, RELEASED_SCHEMAS

if TYPE_CHECKING:
    import pyarrow.dataset as ds


@dataclass(frozen=True)
class ReleasedTableSpec:
    """A released table as its model promises it: `columns` are (name, type, whether it must not be blank)."""

    schema: str
    name: str
    columns: tuple[tuple[str, str, bool], ...]


def drop_leftover_tables(settings: Settings, tables: Iterable[Sequence[str]]) -> None:
    """Removes what lies where Spark will write tables: what a killed build left there is in no metastore, and would stop the next."""
    for schema, name in tables:
        filesystem, folder = _folder(settings, schema, name)
        if filesystem.exists(folder):
            filesystem.rm(folder, recursive=True)


def import_spark_tables(settings: Settings, report: Callable[[str], None] = print) -> None:
    """Copies the released tables that Spark made into the working database, with the types of their contracts.

    ConfigurationError when they do not lie where EDU_SPARK_WAREHOUSE says; ConstraintException for a blank that a contract excludes.
    """
    report("正在收取 Spark 算出的表")
    with duckdb.connect(str(settings.warehouse_path)) as db:
        for spec in released_table_specs():
            name = f'"{spec.schema}"."{spec.name}"'
            columns = [f'"{column}" {kind}{" not null" if full else ""}' for column, kind, full in spec.columns]
            names = ", ".join(f'"{column}"' for column, *_ in spec.columns)
            db.register("spark_table", _written(settings, spec))
            db.execute(f'create schema if not exists "{spec.schema}"')
            db.execute(f"create or replace table {name} ({', '.join(columns)})")
            db.execute(f"insert into {name} select {names} from spark_table")


def released_table_specs(manifest: Path = MANIFEST) -> Iterator[ReleasedTableSpec]:
    """The contracts of the released tables, from dbt's manifest."""
    for node in json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in RELEASED_SCHEMAS:
            columns = [
                (column["name"], column["data_type"], any(c["type"] == "not_null" for c in column["constraints"]))
                for column in node["columns"].values()
            ]
            yield ReleasedTableSpec(node["schema"], node["alias"], tuple(columns))


def _written(settings: Settings, spec: ReleasedTableSpec) -> ds.Dataset:
    """The Parquet files of a table, wherever fsspec reaches them."""
    import pyarrow.dataset as ds  # takes its time, and this module is loaded for every engine

    filesystem, folder = _folder(settings, spec.schema, spec.name)
    if not filesystem.exists(folder):
        raise ConfigurationError(
            f"Spark's table {spec.schema}.{spec.name} is not at {folder}: EDU_SPARK_WAREHOUSE must name what "
            "spark.sql.warehouse.dir is in Spark's configuration."
        )
    return ds.dataset(folder, filesystem=filesystem, format="parquet")


def _folder(settings: Settings, schema: str, name: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system and the folder in it where Spark keeps a table of its own."""
    filesystem, root = fsspec.url_to_fs(settings.spark_warehouse)
    return filesystem, f"{root}/{schema}.db/{name}"
