"""A small working database in the shape that the release step expects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from ingest.landing.ledger import Arrival, Ledger
from ingest.pipeline.run import KEY_FACT
from ingest.settings import Settings
from orchestration.publishing.release import publish

TABLES = """
create schema if not exists marts; create schema if not exists metrics; create schema if not exists quality;
create schema if not exists staging;
create or replace table staging.secret as select 1 as x;
create or replace table marts.dim_unit as
    select * from (values ('331000', 'municipal', '市级'), ('331002', 'county', '甲县'), ('331003', 'county', '乙县'))
    as t (unit_code, kind, name_zh);
create or replace table marts.dim_metric as
    select * from (values ('m1', 'pay', '甲'), ('m2', 'recognitions', '乙')) as t (metric_id, source_forms, name_zh);
create or replace table quality.unplaced as select 'x/y.csv' as path, '没有单位' as reason where false;
"""
DOCUMENT = "('{document}', '2020-09', '{unit}', '2020-09/{unit}/{document}.csv', timestamp '2020-10-0{day} 10:00:00', 'accepted', '{form}')"


def something_arrives(ledger: Ledger) -> None:
    """What is new, so that a release is made."""
    number = len(ledger.arrivals())
    ledger.add_arrival(Arrival(f"{number}.csv", datetime(2020, 10, 1, tzinfo=UTC), f"arrived {number}", 1, None, None))


LINEAGE = """
select
    figures.metric_id, figures.collection_id, figures.unit_code, units.unit_code as reported_by, unnest(forms) as form,
    figures.collection_id as document_collection_id, 'd' as document_id, 's' as sheet
from metrics.metric_values as figures
cross join (values ('m1', ['pay', 'school_register']), ('m2', ['recognitions'])) as behind (metric_id, forms)
inner join marts.dim_unit as units on figures.unit_code = '331000' or figures.unit_code = units.unit_code
where figures.metric_id = behind.metric_id and figures.value is not null
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "landing"), tmp_path / "data", date(2021, 1, 1), pseudonym_key="5a" * 32)


@pytest.fixture(autouse=True)
def tables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small database has no more than the release step itself needs, too little for the pages beside it."""
    monkeypatch.setattr(publish, "COMPANIONS", ())


@pytest.fixture
def build(settings: Settings) -> Callable[..., None]:
    """Writes the working database: values by (metric, unit), and documents as (id, unit, form, day of arrival)."""

    def write(values: dict[tuple[str, str], float | None], documents: list[tuple[str, str, str, int]]) -> None:
        settings.work_dir.mkdir(parents=True, exist_ok=True)
        with Ledger(settings.ledger_path) as ledger:
            ledger.set_fact(KEY_FACT, "0123456789abcdef")
            something_arrives(ledger)
        with duckdb.connect(str(settings.warehouse_path)) as db:
            db.execute(TABLES)
            rows = ", ".join(
                f"('{m}', '2020-09', '{u}', {'null' if v is None else v}::double)" for (m, u), v in values.items()
            )
            columns = "(metric_id, collection_id, unit_code, value)"
            db.execute(f"create or replace table metrics.metric_values as select * from (values {rows}) as t {columns}")
            status = "case when value >= 1 then 'met' else 'behind' end as status"
            db.execute(
                "create or replace table metrics.target_progress as "
                f"select *, 'A' as tier, {status}, {status}_zh from metrics.metric_values"
            )
            listed = ", ".join(DOCUMENT.format(document=d, unit=u, form=f, day=day) for d, u, f, day in documents)
            names = "(document_id, collection_id, unit_code, path, received_at, status, forms)"
            db.execute(f"create or replace table quality.lineage as {LINEAGE}")
            db.execute(f"create or replace table quality.documents as select * from (values {listed}) as t {names}")

    return write
