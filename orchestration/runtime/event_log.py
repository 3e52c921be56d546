"""Dagster's event log in SQLite, with one engine for each of its files, and no wait for the disk at each event.

Dagster makes an engine for every event, and with it compiles the same statements again: a third of what a small refresh took beside dbt.
It waits three times for the disk, too: some 2,000 commits of 0.5 to 4 ms in a refresh of next to nothing.
What is overridden here is none of its public interface; a test notices when that changes.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event

ENGINES_MAX = 8  # a server looks at one run after another
BUSY_TIMEOUT_SECONDS = 60


class KeptEventLogStorage(SqliteEventLogStorage):
    """The files, tables and locks of Dagster's own storage, whose connections stay open until another file needs the place."""

    def __init__(self, base_dir: str, inst_data: Any = None):
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> KeptEventLogStorage:
        """As Dagster makes it from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None)
        if engine is None:
            timeout = {"timeout": BUSY_TIMEOUT_SECONDS}
            engine = create_engine(self.conn_string_for_shard(shard), pool_size=1, connect_args=timeout)
            event.listen(engine, "connect", _commit_to_the_log)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        while len(self._engines) > ENGINES_MAX:
            _, longest_unused = self._engines.popitem(last=False)
            longest_unused.dispose()
        return engine

    def dispose(self) -> None:
        """Closes every connection."""
        super().dispose()
        while self._engines:
            _, engine = self._engines.popitem()
            engine.dispose()


def _commit_to_the_log(connection: sqlite3.Connection, _record: object) -> None:
    """A commit is done when the write-ahead log has it: a power cut may lose the last events, and leaves every file whole.

    https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    connection.execute("pragma synchronous = normal")
