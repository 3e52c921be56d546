"""A city of nothing but numbers: in its n-th release every value is n, and there are n documents."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import patch

import duckdb

from ingest.landing.ledger import Arrival, Ledger
from ingest.settings import Settings
from orchestration.publishing.release import publish

VALUES = 1000


def publish_numbered(settings: Settings, number: int) -> None:
    """Publishes the n-th release: its tables, without the pages beside them."""
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse_path)) as db:
        db.execute(
            f"""
            create schema if not exists marts; create schema if not exists metrics; create schema if not exists quality;
            create or replace table marts.dim_unit as select '331000' as unit_code, 'municipal' as kind;
            create or replace table marts.dim_area as select '331000' as unit_code, '全市' as area_zh;
            create or replace table marts.dim_collection as select '2020-09' as collection_id;
            create or replace table marts.dim_metric as
                select 'm' || range as metric_id, null::varchar as source_forms from range({VALUES});
            create or replace table metrics.metric_values as
                select metric_id, '2020-09' as collection_id, '331000' as unit_code, {number}::double as value
                from marts.dim_metric;
            create or replace table metrics.target_progress as
                select *, 'behind' as status, '落后' as status_zh from metrics.metric_values;
            create or replace table quality.lineage as
                select '' as metric_id, '' as collection_id, '' as unit_code, '' as reported_by, '' as form,
                    '' as document_collection_id, '' as document_id, '' as sheet where false;
            create or replace table quality.documents as
                select 'd' || range as document_id, '2020-09' as collection_id, '331000' as unit_code, 'p' as path,
                    timestamp '2020-10-01' as received_at, null::varchar as forms
                from range({number});
            """
        )
    with Ledger(settings.ledger_path) as ledger:
        ledger.add_arrival(Arrival(f"{number}.csv", datetime(2020, 10, 1, tzinfo=UTC), f"d{number}", 1, None, None))
    with patch.object(publish, "COMPANIONS", ()):
        publish.publish(settings, lambda _: None)
