"""Tables of a release: types, keys and comments as the catalogue has them, rows in a fixed order."""

import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.publishing.catalogue import Relation, ReleasedTable
from orchestration.publishing.release.tables import GROUP_ROWS, copy_tables, write_parquet

PAY = ReleasedTable(
    "marts",
    "pay",
    "待遇；It's pay",
    {"unit": "单位；Unit", "yuan": "元；Yuan"},
    ("unit",),
    (Relation(("unit",), "marts", "units", ("code",)),),
)


def copied(
    tmp_path: Path, rows: str, table: ReleasedTable | None = PAY, kind: str = "varchar not null"
) -> duckdb.DuckDBPyConnection:
    with duckdb.connect(str(tmp_path / "work.duckdb")) as work:
        work.execute(
            f"create schema marts; create table marts.pay (unit {kind}, yuan double); insert into marts.pay {rows}"
        )
        work.execute("create schema staging; create table staging.secret as select 1 as x")
    db = duckdb.connect(str(tmp_path / "release.duckdb"))
    copy_tables(db, tmp_path / "work.duckdb", {("marts", "pay"): table} if table else {})
    return db


def test_rows_come_in_order_and_only_from_released_schemas(tmp_path: Path) -> None:
    db = copied(tmp_path, "values ('b', 1), ('a', null)")
    assert db.sql("from marts.pay").fetchall() == [("a", None), ("b", 1.0)]
    assert db.sql("select table_name, comment from duckdb_tables()").fetchall() == [("pay", "待遇；It's pay")]
    assert db.sql("select comment from duckdb_columns() where table_name = 'pay'").fetchall() == [
        ("单位；Unit",),
        ("元；Yuan",),
    ]


def test_a_key_without_blanks_is_primary_and_holds(tmp_path: Path) -> None:
    db = copied(tmp_path, "values ('b', 1)")
    with pytest.raises(duckdb.ConstraintException):
        db.execute("insert into marts.pay values ('b', 2)")
    with pytest.raises(duckdb.ConstraintException):
        db.execute("insert into marts.pay values (null, 2)")


def test_a_key_may_take_more_memory_than_the_limit(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "work.duckdb")) as work:
        work.execute(
            "create schema marts; create table marts.pay as select md5(i::varchar) as unit from range(300_000) as t(i)"
        )
    with duckdb.connect(str(tmp_path / "release.duckdb")) as db:
        db.execute("set memory_limit = '30MB'")
        copy_tables(db, tmp_path / "work.duckdb", {("marts", "pay"): PAY})
        assert db.sql("select count(*) from marts.pay").fetchone() == (300_000,)


def test_a_key_that_may_be_blank_is_unique(tmp_path: Path) -> None:
    db = copied(tmp_path, "values ('b', 1), (null, 2)", kind="varchar")
    kinds = db.sql("select constraint_type from duckdb_constraints() where constraint_type != 'NOT NULL'").fetchall()
    assert kinds == [("UNIQUE",)]


def test_rows_that_share_a_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(duckdb.ConstraintException):
        copied(tmp_path, "values ('b', 1), ('b', 2)")


def test_a_table_that_the_catalogue_does_not_know_is_copied_plainly(tmp_path: Path) -> None:
    db = copied(tmp_path, "values ('b', 1), ('b', 2)", table=None)
    assert db.sql("from marts.pay").fetchall() == [("b", 1.0), ("b", 2.0)]


def test_parquet_is_written_in_groups_and_may_be_empty(tmp_path: Path) -> None:
    db = copied(tmp_path, f"select i::varchar, i from range({GROUP_ROWS + 1}) as t(i)", table=None)
    table, path = ReleasedTable("marts", "pay", "", {}), tmp_path / "pay.parquet"
    assert write_parquet(db, table, path) == GROUP_ROWS + 1
    assert pq.ParquetFile(path).num_row_groups == 2
    assert db.sql(f"from '{path}' except from marts.pay").fetchall() == []
    db.execute("delete from marts.pay")
    assert write_parquet(db, table, path) == 0
    assert pq.read_table(path).num_rows == 0


def test_parquet_says_what_the_catalogue_says(tmp_path: Path) -> None:
    db = copied(tmp_path, "values ('b', 1)")
    assert write_parquet(db, PAY, tmp_path / "marts" / "pay.parquet") == 1
    schema = pq.read_schema(tmp_path / "marts" / "pay.parquet")
    assert schema.metadata[b"comment"].decode() == PAY.comment
    assert json.loads(schema.metadata[b"key"]) == ["unit"]
    assert json.loads(schema.metadata[b"relations"]) == [{"columns": ["unit"], "table": "marts.units", "to": ["code"]}]
    assert schema.field("yuan").metadata[b"comment"].decode() == "元；Yuan"
