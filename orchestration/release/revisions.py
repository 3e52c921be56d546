"""Revisions: every metric value that differs from the release before, with the documents that caused it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.release.catalogue import Table
from orchestration.release.literals import sql_text
from orchestration.release.manifest import read_manifest
from orchestration.release.tables import create_table

KEY = ("release_id", "metric_id", "collection_id", "unit_code")
COLUMNS = [
    *((name, "varchar", False) for name in KEY),
    ("previous_value", "double", True),
    ("value", "double", True),
    ("documents", "varchar", True),
]
REVISIONS = Table(
    "metrics",
    "revisions",
    "指标修订：与上一次发布不同的指标值。键：release_id, metric_id, collection_id, unit_code；Metric values that differ from the release "
    "before.；来源 source：metrics.metric_values",
    {
        "release_id": "发布号；Release that first shows the new value.；来源 source：manifest.json",
        "metric_id": "指标代码；The metric.；来源 source：marts.dim_metric",
        "collection_id": "报送学年代码；The collection.；来源 source：marts.dim_collection",
        "unit_code": "单位代码，市级行为 331000；The row's unit, 331000 for the whole city.；来源 source：marts.dim_unit",
        "previous_value": "上次发布的值；Value in the release before; null: none.；来源 source：metrics.metric_values",
        "value": "本次发布的值；Value in this release; null: none.；来源 source：metrics.metric_values",
        "documents": "引起变化的文件，以分号分隔；Documents (SHA-256) that arrived in between and hold a form of the metric, joined by ;."
        "；来源 source：quality.documents",
    },
    KEY,
)
# A document can have caused a change of its own collection's values: of its unit's row and of the city row (the municipal unit's).
DIFFERENCES = """
with changed as (
    select
        metric_id, collection_id, unit_code, old.value as previous_value, new.value
    from metrics.metric_values as new
    full join previous.metrics.metric_values as old using (metric_id, collection_id, unit_code)
    where old.value is distinct from new.value
),
causes as (
    select
        changed.metric_id, changed.collection_id, changed.unit_code,
        string_agg(distinct documents.document_id, ';' order by documents.document_id) as documents
    from changed
    inner join marts.dim_metric as metric using (metric_id)
    inner join quality.documents as documents using (collection_id)
    left join marts.dim_unit as unit on changed.unit_code = unit.unit_code
    where
        not exists (
            select 1 from known_documents as known
            where
                known.document_id = documents.document_id
                and known.collection_id = documents.collection_id
                and known.unit_code = documents.unit_code
                and known.received_at = strftime(documents.received_at, '%Y-%m-%dT%H:%M:%SZ')
        )
        and (unit.kind = 'municipal' or documents.unit_code = changed.unit_code or metric.source_forms = 'recognitions')
        and (metric.source_forms is null or list_has_any(string_split(metric.source_forms, ';'), string_split(documents.forms, ';')))
    group by all
)
select ?, metric_id, collection_id, unit_code, previous_value, value, documents
from changed
left join causes using (metric_id, collection_id, unit_code)
order by all
"""


def add_revisions(db: duckdb.DuckDBPyConnection, release_id: str, previous: Path | None) -> None:
    """Makes `metrics.revisions` in the release being written; empty for the first one. `db` has the new tables already."""
    create_table(db, REVISIONS, COLUMNS)
    if previous is not None:
        revisions = read_revisions(db, release_id, previous)
        db.register("revisions_read", revisions)
        db.execute("insert into metrics.revisions from revisions_read")
        db.unregister("revisions_read")


def read_revisions(db: duckdb.DuckDBPyConnection, release_id: str, previous: Path) -> pa.Table:
    """Rows of `metrics.revisions` between an earlier release (its folder) and the tables of `db`."""
    columns = ["document_id", "collection_id", "unit_code", "received_at"]
    documents = read_manifest(previous).documents
    known = pa.table({name: pa.array([getattr(d, name) for d in documents], pa.string()) for name in columns})
    db.register("known_documents", known)
    db.execute(f"attach {sql_text(previous / 'warehouse.duckdb')} as previous (read_only)")
    try:
        return db.execute(DIFFERENCES, [release_id]).to_arrow_table()
    finally:
        db.execute("detach previous")
        db.unregister("known_documents")
