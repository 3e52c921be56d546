"""The tables of a release: made with types, keys and comments, filled in order, and written as Parquet that says the same."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.publishing.catalogue import RELEASED_SCHEMAS, Catalogue, ReleasedTable, table_of
from orchestration.runtime.duckdb_limits import memory_limit_max_mb
from orchestration.runtime.sql import sql_text

GROUP_ROWS = 122_880  # of a Parquet file at a time, as DuckDB writes them
WORK = "work"  # the database copied from, as attached to the release being written
TABLES = """
select schema_name, table_name, list((column_name, data_type, is_nullable) order by column_index)
from duckdb_columns()
inner join duckdb_tables() using (database_name, schema_name, table_name)
where database_name = $1 and list_contains($2, schema_name) and table_name != 'revisions'
group by all
order by all
"""
NULLABLE = """
select column_name, is_nullable
from duckdb_columns()
where database_name = current_database() and schema_name = $1 and table_name = $2
"""


def copy_tables(db: duckdb.DuckDBPyConnection, warehouse: Path, catalogue: Catalogue) -> None:
    """Copies the released schemas of a working database, or of an earlier release, into `db`, rows in order of their columns.

    ConstraintException when rows share a key. A table that the catalogue does not know has neither key nor comments.
    """
    db.execute(f"attach {sql_text(warehouse)} as {WORK} (read_only)")
    found = db.execute(TABLES, [WORK, list(RELEASED_SCHEMAS)]).fetchall()
    tables = [(table_of(catalogue, schema, name), columns) for schema, name, columns in found]
    for table, columns in sorted(tables, key=lambda each: bool(each[0].key)):
        if table.key:  # DuckDB does not spill the index of a key: four million rows take over 600 MB
            db.execute(f"set memory_limit = '{memory_limit_max_mb()}MB'")
        create_table(db, table, columns)
        db.execute(f"insert into {table.sql_name} select * from {WORK}.{table.sql_name} order by all")
    db.execute(f"detach {WORK}")


def create_table(db: duckdb.DuckDBPyConnection, table: ReleasedTable, columns: list[tuple[str, str, bool]]) -> None:
    """Makes an empty table; `columns` are (name, type, whether blanks are allowed).

    DuckDB has no foreign keys between schemas: relations stand in the Parquet files, in PostgreSQL and in the dictionary.
    """
    name = table.sql_name
    lines = [f'"{column}" {kind}{"" if nullable else " not null"}' for column, kind, nullable in columns]
    if table.key:
        blanks = {column for column, _, nullable in columns if nullable}
        kind = "unique" if blanks & set(table.key) else "primary key"
        lines.append(f"{kind} ({', '.join(table.key)})")
    db.execute(f'create schema if not exists "{table.schema}"')
    db.execute("begin")  # else every comment would be a transaction, written through to the disk
    db.execute(f"create table {name} ({', '.join(lines)})")
    if table.comment:
        db.execute(f"comment on table {name} is {sql_text(table.comment)}")
    for column, *_ in columns:
        if comment := table.columns.get(column):
            db.execute(f'comment on column {name}."{column}" is {sql_text(comment)}')
    db.execute("commit")


def write_parquet(db: duckdb.DuckDBPyConnection, table: ReleasedTable, path: Path) -> int:
    """Writes a table of `db` to Parquet; returns its rows.

    The Arrow schema in the file says which columns have no blanks, and holds `comment`, `key` and `relations` (JSON) for the
    table and `comment` for each column.
    """
    nullable = dict(db.execute(NULLABLE, [table.schema, table.name]).fetchall())
    rows = db.sql(f"from {table.sql_name}").to_arrow_reader(GROUP_ROWS)
    fields = [
        field.with_nullable(nullable[field.name]).with_metadata({"comment": table.columns.get(field.name, "")})
        for field in rows.schema
    ]
    relations = [
        {"columns": relation.columns, "table": f"{relation.to_schema}.{relation.to_table}", "to": relation.to_columns}
        for relation in table.relations
    ]
    about = {"comment": table.comment, "key": json.dumps(table.key), "relations": json.dumps(relations)}
    schema = pa.schema(fields, metadata=about)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in rows.cast(schema):
            file.write_batch(batch)
            written += batch.num_rows
    return written
