"""Writing the bundle: CSV and Parquet of every resource, a Frictionless data package that describes them, and a README.

CSV is UTF-8 with a byte order mark: without one Excel in Chinese takes the file for GBK, and readers of data packages know to skip it.
"""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.publishing.open_data.dimensions import codes_resource, dimension_resources, read_dimensions
from orchestration.publishing.open_data.metric_rows import judge, metric_values_resource, target_progress_resource
from orchestration.publishing.open_data.protection import protect
from orchestration.publishing.open_data.resources import Column, Resource, Value
from orchestration.publishing.open_data.rules import Bilingual, Rules, load_rules
from orchestration.publishing.open_data.table_rows import balance_resource, pay_resource, pay_values, table_resource

TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def write_open_data(db: duckdb.DuckDBPyConnection, folder: Path, release_id: str, made_at: datetime) -> list[Path]:
    """Writes the bundle of a release database into a folder that may be put on a website; returns the files made.

    `made_at` is in UTC. ReleaseError, before anything is written, when a cell cannot be protected.
    """
    rules = load_rules()
    resources = open_resources(db, rules, made_at)
    files: list[Path] = []
    described = []
    for resource in resources:
        paths = folder / "data" / f"{resource.name}.csv", folder / "parquet" / f"{resource.name}.parquet"
        _write_csv(resource, paths[0])
        _write_parquet(resource, paths[1])
        described.append(_resource_description(resource, folder, *paths))
        files += paths
    package = _package_description(rules, release_id, made_at, described)
    texts = {
        "datapackage.json": json.dumps(package, ensure_ascii=False, indent=1),
        "README.md": _readme(rules, release_id, made_at),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        files.append(folder / name)
    return files


def open_resources(
    db: duckdb.DuckDBPyConnection, rules: Rules, made_at: datetime, complementary: bool = True
) -> list[Resource]:
    """All tables of the bundle. Without `complementary` suppression they are not safe: that is for testing an attack."""
    dimensions = read_dimensions(db, made_at)
    protection = protect(db, rules, list(dimensions.closes), dimensions.municipal, complementary)
    pay = pay_values(db, rules, dimensions)
    judgement = judge(db, rules, protection, pay)
    tables = [
        table_resource(rules, name, protection, dimensions) for name, table in rules.tables.items() if table.published
    ]
    tables += [
        pay_resource(rules, dimensions, pay),
        balance_resource(db, rules),
        metric_values_resource(rules, protection.metrics, judgement),
        target_progress_resource(rules, protection.metrics, judgement),
    ]
    return [*dimension_resources(db, rules), codes_resource(rules, tables), *tables]


def _write_csv(resource: Resource, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([column.name for column in resource.columns])
        writer.writerows([_csv_text(value) for value in row] for row in resource.rows)


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _write_parquet(resource: Resource, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(zip(*resource.rows, strict=True)) or [()] * len(resource.columns)
    arrays = [pa.array(values, TYPES[column.type]) for column, values in zip(resource.columns, columns, strict=True)]
    names = [column.name for column in resource.columns]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), path, compression="zstd")


def _resource_description(resource: Resource, folder: Path, table: Path, parquet: Path) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": resource.name.replace("_", "-"),
        "path": str(table.relative_to(folder)),
        "title": _both(resource.title),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": table.stat().st_size,
        "hash": f"sha256:{_sha256(table)}",
        "parquet": {"path": str(parquet.relative_to(folder)), "hash": f"sha256:{_sha256(parquet)}"},
        "schema": {
            "fields": [_field(column) for column in resource.columns],
            "missingValues": [""],
            "primaryKey": list(resource.primary_key),
            "foreignKeys": [
                {"fields": [column], "reference": {"resource": other.replace("_", "-"), "fields": [there]}}
                for column, other, there in resource.foreign_keys
            ],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.enum:
        constraints["enum"] = list(column.enum)
    if column.minimum is not None:
        constraints["minimum"] = column.minimum
    return {
        "name": column.name,
        "type": column.type,
        "title": column.description[0],
        "description": _both(column.description),
        "constraints": constraints,
    }


def _package_description(
    rules: Rules, release_id: str, made_at: datetime, resources: list[dict[str, Any]]
) -> dict[str, Any]:
    texts = rules.package
    limits = rules.thresholds
    return {
        "profile": "tabular-data-package",
        "name": texts.name,
        "id": release_id,
        "version": release_id,
        "title": _both(texts.title),
        "description": _both(
            (
                f"1 至 {limits.count - 1} 的计数及可据以推算它们的单元格已抑制（c）。详见 README.md",
                f"Counts of 1 to {limits.count - 1}, and cells that they could be worked out from, are suppressed (c). See README.md",
            )
        ),
        "created": f"{made_at:%Y-%m-%dT%H:%M:%SZ}",
        "licenses": [texts.licence.model_dump()],
        "sources": [{"title": _both(texts.source)}],
        "resources": resources,
    }


def _readme(rules: Rules, release_id: str, made_at: datetime) -> str:
    limits = rules.thresholds
    template = (Path(__file__).parent / "bundle_readme.md").read_text(encoding="utf-8")
    return template.format(
        title_zh=rules.package.title[0],
        title_en=rules.package.title[1],
        release_id=release_id,
        made_at=f"{made_at:%Y-%m-%d %H:%M}",
        licence=rules.package.licence.name,
        largest_small=limits.count - 1,
        heads=limits.heads,
        contributors=limits.contributors,
        sections=limits.sections,
    )


def _both(texts: Bilingual) -> str:
    return "；".join(texts)


def _sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
