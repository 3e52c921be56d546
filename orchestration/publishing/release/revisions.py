"""Revisions: every metric value and status that differs from the release before, with the documents that caused it, of all releases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.publishing.catalogue import ReleasedTable
from orchestration.publishing.manifest import read_manifest
from orchestration.publishing.release.tables import create_table
from orchestration.runtime.sql import sql_text

KEY = ("release_id", "metric_id", "collection_id", "unit_code")
COLUMNS = [
    ("release_id", "varchar", False),
    ("made_at", "timestamp", False),
    ("metric_id", "varchar", False),
    ("collection_id", "varchar", False),
    ("unit_code", "varchar", False),
    ("previous_value", "double", True),
    ("value", "double", True),
    ("previous_status", "varchar", True),
    ("status", "varchar", True),
    ("documents", "varchar", True),
    ("previous_status_zh", "varchar", True),
    ("status_zh", "varchar", True),
]
REVISIONS = ReleasedTable(
    "metrics",
    "revisions",
    "指标修订：历次发布中与上一次发布不同的指标值和状态。键：release_id, metric_id, collection_id, unit_code；Metric values and "
    "statuses that differ from the release before, of this release and of all before it."
    "；来源 source：metrics.metric_values、metrics.target_progress",
    {
        "release_id": "发布号；Release that first shows the new value.；来源 source：manifest.json",
        "made_at": "发布时间（UTC）；When that release was made, in UTC.；来源 source：manifest.json",
        "metric_id": "指标代码；The metric.；来源 source：marts.dim_metric",
        "collection_id": "报送学年代码；The collection.；来源 source：marts.dim_collection",
        "unit_code": "单位代码，市级行为 331000；The row's unit, 331000 for the whole city.；来源 source：marts.dim_area",
        "previous_value": "上次发布的值；Value in the release before; null: none.；来源 source：metrics.metric_values",
        "value": "本次发布的值；Value in this release; null: none.；来源 source：metrics.metric_values",
        "previous_status": "上次发布的状态；Status in the release before; null: none.；来源 source：metrics.target_progress",
        "status": "本次发布的状态；Status in this release; null: none.；来源 source：metrics.target_progress",
        "documents": "引起变化的文件，以分号分隔；Documents (SHA-256) that arrived in between and hold what the value rests on, "
        "joined by ;.；来源 source：quality.documents、quality.lineage",
        "previous_status_zh": "上次发布的状态；Label of the status in the release before.；来源 source：previous_status 的名称 label",
        "status_zh": "本次发布的状态；Label of the status.；来源 source：status 的名称 label",
    },
    KEY,
)
# What a value rests on is looked up in both releases: a unit whose rows were all set aside has none in the later one.
DIFFERENCES = """
with now as (
    select metric_id, collection_id, unit_code, figures.value, progress.status, progress.status_zh
    from metrics.metric_values as figures
    inner join metrics.target_progress as progress using (metric_id, collection_id, unit_code)
),
before as (
    select metric_id, collection_id, unit_code, figures.value, progress.status, progress.status_zh
    from previous.metrics.metric_values as figures
    inner join previous.metrics.target_progress as progress using (metric_id, collection_id, unit_code)
),
changed as (
    select
        metric_id, collection_id, unit_code,
        before.value as previous_value, now.value, before.status as previous_status, now.status,
        before.status_zh as previous_status_zh, now.status_zh
    from now
    full join before using (metric_id, collection_id, unit_code)
    where before.value is distinct from now.value or before.status is distinct from now.status
),
rests_on as (
    select metric_id, collection_id, unit_code, reported_by, form, document_collection_id from quality.lineage
    union
    select metric_id, collection_id, unit_code, reported_by, form, {previous_collection} from previous.quality.lineage
),
arrived as (
    select documents.*
    from quality.documents as documents
    anti join known_documents as known
        on
            known.document_id = documents.document_id
            and known.collection_id = documents.collection_id
            and known.unit_code = documents.unit_code
            and known.received_at = strftime(documents.received_at, '%Y-%m-%dT%H:%M:%SZ')
),
causes as (
    select
        metric_id, changed.collection_id, changed.unit_code,
        string_agg(distinct arrived.document_id, ';' order by arrived.document_id) as documents
    from changed
    inner join rests_on using (metric_id, collection_id, unit_code)
    inner join arrived
        on
            arrived.collection_id = rests_on.document_collection_id
            and arrived.unit_code = rests_on.reported_by
            and list_contains(string_split(arrived.forms, ';'), rests_on.form)
    group by all
)
select
    $release_id as release_id, $made_at::timestamp as made_at, metric_id, collection_id, unit_code,
    previous_value, value, previous_status, status, documents, previous_status_zh, status_zh
from changed
left join causes using (metric_id, collection_id, unit_code)
order by all
"""
KEPT_SINCE = ("metrics", "revisions", "made_at")  # from this column on, releases keep the revisions of earlier ones
HAS_COLUMN = """
select count(*)
from duckdb_columns()
where database_name = 'previous' and schema_name = $1 and table_name = $2 and column_name = $3
"""


def add_revisions(db: duckdb.DuckDBPyConnection, release_id: str, made_at: datetime, previous: Path | None) -> None:
    """Makes `metrics.revisions` in the release being written, those of earlier releases with it; empty for the first one.

    `db` has the new tables already; `made_at` is in UTC.
    """
    create_table(db, REVISIONS, COLUMNS)
    if previous is None:
        return
    with _beside(db, previous):
        if _has_column(db, *KEPT_SINCE):
            db.execute("insert into metrics.revisions from previous.metrics.revisions order by all")
        db.register("revisions_read", _differences(db, release_id, made_at))
        db.execute("insert into metrics.revisions from revisions_read")
        db.unregister("revisions_read")


def read_revisions(db: duckdb.DuckDBPyConnection, release_id: str, made_at: datetime, previous: Path) -> pa.Table:
    """Rows of `metrics.revisions` between an earlier release (its folder) and the tables of `db`."""
    with _beside(db, previous):
        return _differences(db, release_id, made_at)


def _differences(db: duckdb.DuckDBPyConnection, release_id: str, made_at: datetime) -> pa.Table:
    own = (
        "document_collection_id" if _has_column(db, "quality", "lineage", "document_collection_id") else "collection_id"
    )
    given = {"release_id": release_id, "made_at": made_at.astimezone(UTC).replace(tzinfo=None)}
    return db.execute(DIFFERENCES.format(previous_collection=own), given).to_arrow_table()


def _has_column(db: duckdb.DuckDBPyConnection, *column: str) -> bool:
    """Whether the earlier release has a column: one that an earlier version of the project made may not."""
    ((found,),) = db.execute(HAS_COLUMN, column).fetchall()
    return bool(found)


@contextmanager
def _beside(db: duckdb.DuckDBPyConnection, previous: Path) -> Iterator[None]:
    """With an earlier release attached as `previous`, and what it rests on in `known_documents`."""
    columns = ["document_id", "collection_id", "unit_code", "received_at"]
    documents = read_manifest(previous).documents
    known = pa.table({name: pa.array([getattr(d, name) for d in documents], pa.string()) for name in columns})
    db.register("known_documents", known)
    db.execute(f"attach {sql_text(previous / 'warehouse.duckdb')} as previous (read_only)")
    try:
        yield
    finally:
        db.execute("detach previous")
        db.unregister("known_documents")
