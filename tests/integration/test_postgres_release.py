"""Releases in a real PostgreSQL server: the same tables, swapped under readers that never wait and never see two at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from ingest.errors import ReleaseError
from ingest.settings import Settings, load_settings
from orchestration.publishing.postgres import publish_to_postgres
from tests.integration.conftest import Workplace
from tests.integration.numbered import VALUES, publish_numbered
from tests.integration.servers import postgres_server

READER = "bi"
READERS, RELEASES = 6, 8
ALL_OF_IT = """
select min(value), max(value), count(*), max(documents.count)
from metrics.metric_values, (select count(*) from quality.documents) as documents
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
def database(server: str, request: pytest.FixtureRequest) -> str:
    """URL of a database of the test's own, with a reader role beside its owner."""
    name = request.node.name.partition("[")[0][-50:]
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f'create database "{name}"')
        cursor.execute("select 1 from pg_roles where rolname = %s", (READER,))
        if cursor.fetchone() is None:
            cursor.execute(f"create role {READER} login")
    return f"{server.rpartition('/')[0]}/{name}"


def settings_for(place: Workplace, database: str) -> Settings:
    return replace(load_settings(place.environment), postgres_url=database, postgres_reader=READER)


def ask(database: str, query: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def as_reader(database: str) -> str:
    return database.replace("postgres@", f"{READER}@")


@pytest.fixture
def city(tmp_path: Path) -> Workplace:
    place = Workplace(tmp_path)
    place.landing.mkdir()
    return place


def release(place: Workplace, database: str, number: int) -> list[str]:
    """Publishes once more; what was said of it."""
    said: list[str] = []
    settings = settings_for(place, database)
    publish_numbered(settings, number)
    publish_to_postgres(settings, said.append)
    return said


def test_every_table_arrives_with_types_keys_relations_and_comments(released: Workplace, database: str) -> None:
    settings = settings_for(released, database)
    assert publish_to_postgres(settings, print) == released.current.name
    columns = released.query(
        "select schema_name, table_name, column_name, comment from duckdb_columns() where database_name = current_database() order by all"
    )
    found = ask(
        database,
        "select table_schema, table_name, column_name, col_description((table_schema || '.' || table_name)::regclass, ordinal_position)"
        " from information_schema.columns where table_schema in ('marts', 'metrics', 'quality') order by 1, 2, 3",
    )
    assert sorted(found) == sorted(columns.itertuples(index=False, name=None))
    with duckdb.connect(str(released.current / "warehouse.duckdb"), read_only=True) as db:
        for schema, table in sorted(set(zip(columns.schema_name, columns.table_name, strict=True))):
            own = db.sql(f"from {schema}.{table}").fetchall()
            assert Counter(ask(database, f"select * from {schema}.{table}")) == Counter(own), table
    keys = dict(
        ask(
            database,
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint where contype = 'p'",
        )
    )
    assert keys["metrics.metric_values"] == "PRIMARY KEY (metric_id, collection_id, unit_code)"
    relations = ask(
        database,
        "select pg_get_constraintdef(oid) from pg_constraint where contype = 'f' and conrelid = 'marts.fct_pay'::regclass",
    )
    assert sorted(row[0] for row in relations) == [
        "FOREIGN KEY (collection_id) REFERENCES marts.dim_collection(collection_id)",
        "FOREIGN KEY (document_id, collection_id, unit_code) REFERENCES quality.documents(document_id, collection_id, unit_code)",
        "FOREIGN KEY (unit_code) REFERENCES marts.dim_unit(unit_code)",
    ]


def test_a_refresh_with_nothing_new_brings_what_a_server_lacks(released: Workplace, database: str) -> None:
    before = released.current
    done = released.refresh(EDU_PUBLISH_POSTGRES_URL=database)
    assert done.returncode == 0 and "nothing new" in done.stdout, done.stderr
    assert released.current == before
    comment = "select obj_description('metrics'::regnamespace)"
    assert ask(database, comment) == [(f"education-plan-monitor {before.name}",)]


def test_readers_never_wait_and_see_one_release_at_a_time(city: Workplace, database: str) -> None:
    release(city, database, 1)
    stop, trouble, seen = threading.Event(), [], [set() for _ in range(READERS)]  # type: ignore[var-annotated]

    def read(own: set[int]) -> None:
        try:
            with closing(psycopg2.connect(as_reader(database))) as connection:
                connection.autocommit = True
                cursor = connection.cursor()
                cursor.execute("set statement_timeout = '20s'")
                while not stop.is_set():
                    cursor.execute(ALL_OF_IT)
                    least, most, values, documents = cursor.fetchone()
                    assert (least, values, documents) == (most, VALUES, least)
                    own.add(int(least))
        except Exception as error:
            trouble.append(error)

    readers = [threading.Thread(target=read, args=[own]) for own in seen]
    for reader in readers:
        reader.start()
    for number in range(2, RELEASES + 1):
        release(city, database, number)
    stop.set()
    for reader in readers:
        reader.join()
    assert trouble == []
    assert all(len(own) > 1 for own in seen)
    assert set.union(*seen) <= set(range(1, RELEASES + 1))


def test_a_reader_that_stays_keeps_its_tables_and_holds_up_nobody(city: Workplace, database: str) -> None:
    release(city, database, 1)
    with closing(psycopg2.connect(as_reader(database))) as connection, connection.cursor() as cursor:
        cursor.execute("declare slow cursor for select value from metrics.metric_values")
        cursor.execute("fetch 1 from slow")
        said = release(city, database, 2)
        assert ask(database, "select distinct value from metrics.metric_values") == [(2.0,)]
        assert "still in use" in said[-1]
        cursor.execute("fetch all from slow")
        assert {row[0] for row in cursor.fetchall()} == {1.0}
    former = "select count(*) from pg_namespace where nspname like '%former%'"
    assert ask(database, former) == [(3,)]
    assert len(release(city, database, 3)) == 1
    assert ask(database, former) == [(0,)]


def test_the_reader_role_may_only_look(city: Workplace, database: str) -> None:
    release(city, database, 1)
    for statement in (
        "delete from metrics.metric_values",
        "drop table metrics.metric_values",
        "create table metrics.mine (x int)",
        "create schema mine",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(as_reader(database), statement)


def test_a_release_that_is_there_is_not_brought_again(city: Workplace, database: str) -> None:
    release(city, database, 1)
    oid = ask(database, "select 'metrics.metric_values'::regclass::oid")
    said: list[str] = []
    publish_to_postgres(settings_for(city, database), said.append)
    assert said == [] and ask(database, "select 'metrics.metric_values'::regclass::oid") == oid


def test_what_is_wrong_is_one_sentence_and_the_release_stays(city: Workplace, database: str) -> None:
    release(city, database, 1)
    settings = settings_for(city, database)
    publish_numbered(settings, 2)
    with pytest.raises(ReleaseError, match="create role nobody_knows"):
        publish_to_postgres(replace(settings, postgres_reader="nobody_knows"), print)
    with pytest.raises(ReleaseError) as refused:
        publish_to_postgres(replace(settings, postgres_url="postgresql://x:geheim@127.0.0.1:1/x"), print)
    assert "EDU_PUBLISH_POSTGRES_URL" in str(refused.value) and "geheim" not in str(refused.value)
    assert ask(database, "select distinct value from metrics.metric_values") == [(1.0,)]


def test_schemas_of_somebody_else_are_left_alone(city: Workplace, database: str) -> None:
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        connection.cursor().execute("create schema marts; create table marts.theirs (x int)")
    with pytest.raises(ReleaseError, match="schema marts is somebody else's"):
        release(city, database, 1)
    assert ask(database, "select count(*) from marts.theirs") == [(0,)]
