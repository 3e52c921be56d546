"""A release in PostgreSQL, for BI tools that want a server: schemas `marts`, `metrics` and `quality` as in the release.

They are filled under other names and swapped in by the transaction that filled them, so readers find all of one release or
all of the next. PostgreSQL looks up the names of a query one after the other: for the moment of the swap the former tables are
locked, as soon as nobody is at them. A query that stays at them goes on there and holds up nobody: the swap is made beside it, and
then alone a query that begins at that very moment may find one name before it and the next after it. Former tables are dropped when
nobody reads them any more.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from psycopg2 import errors, extensions
from psycopg2.sql import SQL, Composable, Identifier, Literal

from ingest.errors import ReleaseError
from ingest.settings import Settings
from orchestration.publishing.catalogue import RELEASED_SCHEMAS
from orchestration.publishing.manifest import current_release

TYPES = {
    "string": "text",
    "double": "double precision",
    "int32": "integer",
    "int64": "bigint",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
}
MARK = "education-plan-monitor "  # begins the comment of a schema that is ours; the release id follows
NEXT, FORMER = "{}__next", "{}__former_"
PUBLISHERS_LOCK = 20202022  # any number that publishers agree on
WAIT_FOR_READERS = "2s"  # then what is former stays until the next release
SWAP_TRIES, SWAP_WAIT = 10, "200ms"  # each holds up new queries no longer than this; less than deadlock_timeout
FORMER_SCHEMAS = "select nspname from pg_namespace where nspname ~ '^({})__former_' order by 1"
OWN_TABLES = "select tablename from pg_tables where schemaname = %s"


@dataclass(frozen=True)
class _File:
    """A table of the release as its Parquet file describes it."""

    schema: str
    name: str
    path: Path

    @property
    def about(self) -> pa.Schema:
        return pq.read_schema(self.path)

    @property
    def next(self) -> Composable:
        """The table's name while it is being filled."""
        return Identifier(NEXT.format(self.schema), self.name)


def publish_to_postgres(settings: Settings, report: Callable[[str], None] = print) -> str | None:
    """Brings the current release to EDU_PUBLISH_POSTGRES_URL, unless it is there; its id, or None without URL or release.

    ReleaseError when the server cannot be reached or refuses, when a schema of that name is somebody else's, or when the
    reader role does not exist. The release before stays then.
    """
    release = current_release(settings)
    if settings.postgres_url is None or release is None:
        return None
    with _connected(settings.postgres_url) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", (PUBLISHERS_LOCK,))
            published = _published(cursor)
            if published != release.name:
                _fill(cursor, release)
                _grant(cursor, settings.postgres_reader)
                _swap(cursor, release.name)
                report(f"已发布到 PostgreSQL：{release.name}")
        _drop_former(connection, report)
    return release.name


@contextmanager
def _connected(url: str) -> Iterator[extensions.connection]:
    """A connection; what the server says becomes one sentence, without the password."""
    try:
        with closing(psycopg2.connect(url.replace("postgresql+psycopg2://", "postgresql://", 1))) as connection:
            yield connection
    except psycopg2.Error as error:
        reason = str(error).strip().partition("\n")[0]
        raise ReleaseError(
            f"未能发布到 PostgreSQL（not published to PostgreSQL）：{reason}。请检查 EDU_PUBLISH_POSTGRES_URL 与数据库权限。"
        ) from error


def _published(cursor: extensions.cursor) -> str | None:
    """The release that the server has; ReleaseError when a schema of our name is not ours."""
    cursor.execute(
        "select nspname, obj_description(oid, 'pg_namespace') from pg_namespace where nspname = any(%s)",
        (list(RELEASED_SCHEMAS),),
    )
    found = set()
    for schema, comment in cursor.fetchall():
        if not (comment or "").startswith(MARK):
            raise ReleaseError(
                f"PostgreSQL 中已有不属于本系统的模式 {schema}（schema {schema} is somebody else's）。请使用专门的数据库。"
            )
        found.add(comment.removeprefix(MARK))
    return found.pop() if len(found) == 1 else None


def _fill(cursor: extensions.cursor, release: Path) -> None:
    """Makes and fills all tables under the next names; relations last, when what they refer to is there."""
    files = [_File(path.parent.name, path.stem, path) for path in sorted(release.glob("parquet/*/*.parquet"))]
    for schema in RELEASED_SCHEMAS:
        cursor.execute(SQL("create schema {}").format(Identifier(NEXT.format(schema))))
        mark = Literal(f"{MARK}{release.name}")
        cursor.execute(SQL("comment on schema {} is {}").format(Identifier(NEXT.format(schema)), mark))
    for file in files:
        _create(cursor, file)
        _copy(cursor, file)
    for file in files:
        _relate(cursor, file)
        cursor.execute(SQL("analyze {}").format(file.next))


def _create(cursor: extensions.cursor, file: _File) -> None:
    about = file.about
    lines: list[Composable] = [
        SQL("{} {}{}").format(
            Identifier(field.name), SQL(TYPES[str(field.type)]), SQL("" if field.nullable else " not null")
        )
        for field in about
    ]
    if key := json.loads(about.metadata[b"key"]):
        kind = "unique" if any(about.field(name).nullable for name in key) else "primary key"
        lines.append(SQL(kind + " ({})").format(_names(key)))
    cursor.execute(SQL("create table {} ({})").format(file.next, SQL(", ").join(lines)))
    cursor.execute(SQL("comment on table {} is {}").format(file.next, Literal(about.metadata[b"comment"].decode())))
    for field in about:
        target = Identifier(NEXT.format(file.schema), file.name, field.name)
        comment = Literal((field.metadata or {}).get(b"comment", b"").decode())
        cursor.execute(SQL("comment on column {} is {}").format(target, comment))


def _copy(cursor: extensions.cursor, file: _File) -> None:
    """All rows, in one COPY for each batch; texts are quoted in the CSV, so that a blank is told from an empty text."""
    copy = SQL("copy {} from stdin (format csv, header)").format(file.next)
    for batch in pq.ParquetFile(file.path).iter_batches():
        rows = io.BytesIO()
        pa_csv.write_csv(batch, rows)
        rows.seek(0)
        cursor.copy_expert(copy, rows)


def _relate(cursor: extensions.cursor, file: _File) -> None:
    for relation in json.loads(file.about.metadata[b"relations"]):
        schema, _, table = relation["table"].partition(".")
        cursor.execute(
            SQL("alter table {} add foreign key ({}) references {} ({})").format(
                file.next,
                _names(relation["columns"]),
                Identifier(NEXT.format(schema), table),
                _names(relation["to"]),
            )
        )


def _grant(cursor: extensions.cursor, reader: str | None) -> None:
    """The reader role may look into the tables and do nothing else."""
    if reader is None:
        return
    for schema in map(Identifier, map(NEXT.format, RELEASED_SCHEMAS)):
        try:
            cursor.execute(SQL("grant usage on schema {} to {}").format(schema, Identifier(reader)))
        except errors.UndefinedObject as error:
            raise ReleaseError(
                f"PostgreSQL 中没有角色 {reader}（no such role）。"
                f"请先创建：create role {reader} login，或更正 EDU_PUBLISH_POSTGRES_READER。"
            ) from error
        cursor.execute(SQL("grant select on all tables in schema {} to {}").format(schema, Identifier(reader)))


def _swap(cursor: extensions.cursor, release_id: str) -> None:
    """Names change at the end of the transaction: former ones get the id of the release that took their place."""
    cursor.execute("select nspname from pg_namespace where nspname = any(%s)", (list(RELEASED_SCHEMAS),))
    present = {row[0] for row in cursor.fetchall()}
    _lock(cursor, [Identifier(schema, table) for schema in sorted(present) for table in _tables(cursor, schema)])
    rename = SQL("alter schema {} rename to {}")
    for schema in RELEASED_SCHEMAS:
        if schema in present:
            former = FORMER.format(schema) + release_id.lower()
            cursor.execute(rename.format(Identifier(schema), Identifier(former)))
        cursor.execute(rename.format(Identifier(NEXT.format(schema)), Identifier(schema)))


def _lock(cursor: extensions.cursor, tables: list[Composable]) -> None:
    """Keeps queries from the tables until the transaction ends, so that none finds one name before the swap and the next after it.

    Gives up after SWAP_TRIES: the swap is then made without.
    """
    for _ in range(SWAP_TRIES if tables else 0):
        cursor.execute(SQL("savepoint unlocked; set local lock_timeout = {}").format(Literal(SWAP_WAIT)))
        try:
            cursor.execute(SQL("lock table {} in access exclusive mode").format(SQL(", ").join(tables)))
        except errors.LockNotAvailable:
            cursor.execute("rollback to savepoint unlocked")
        else:
            cursor.execute("set local lock_timeout = default")
            return


def _drop_former(connection: extensions.connection, report: Callable[[str], None]) -> None:
    """Drops what nobody reads any more; views of others that rest on it, and readers still at it, keep it until the next time."""
    with connection, connection.cursor() as cursor:
        cursor.execute(FORMER_SCHEMAS.format("|".join(RELEASED_SCHEMAS)))
        former = [row[0] for row in cursor.fetchall()]
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(SQL("set local lock_timeout = {}").format(Literal(WAIT_FOR_READERS)))
            names = [Identifier(schema, table) for schema in former for table in _tables(cursor, schema)]
            if names:
                cursor.execute(SQL("drop table {}").format(SQL(", ").join(names)))
            for schema in former:
                cursor.execute(SQL("drop schema {}").format(Identifier(schema)))
    except (errors.LockNotAvailable, errors.DependentObjectsStillExist) as error:
        reason = str(error).strip().partition("\n")[0]
        report(f"旧版本的表还在使用，下次发布时再删除（former tables are still in use）：{reason}")


def _tables(cursor: extensions.cursor, schema: str) -> list[str]:
    cursor.execute(OWN_TABLES, (schema,))
    return [row[0] for row in cursor.fetchall()]


def _names(columns: list[str]) -> Composable:
    return SQL(", ").join(map(Identifier, columns))
