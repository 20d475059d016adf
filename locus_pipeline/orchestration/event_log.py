"""Dagster's event log in SQLite, without a new engine and a new connection for each event.

Dagster's own storage makes both, and compiles its statements anew, for each of a run's thousands of
events; and as the last connection to a file is closed, SQLite copies its log and waits for the
disk, three times an event. The files are the same, so that whoever opens the instance without this
class (the pages, Dagster's own commands) reads and writes them too.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import SqliteStorageConfig
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import NullPool, Pool, StaticPool

# A run writes into its own file and into the index of all runs.
ENGINES_KEPT = 16


class EventLog(SqliteEventLogStorage):
    """As Dagster's, with an engine and its connection kept for each of the files used last."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None):
        # by the file's name, that used last at the end; before Dagster's, which may connect
        self._engines: OrderedDict[str, sqlalchemy.Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(  # type: ignore[override]  # as Dagster's own does
        cls, inst_data: ConfigurableClassData | None, config_value: SqliteStorageConfig
    ) -> "EventLog":
        """Called by Dagster's instance."""
        return cls(inst_data=inst_data, **config_value)

    def dispose(self) -> None:
        """Close the files; called as the instance ends."""
        super().dispose()
        self._close()

    def wipe(self) -> None:
        """Remove all files."""
        self._close()
        super().wipe()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        # one at a time, Dagster's threads too: so one connection is enough
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                # by an engine of its own: Dagster opens a second connection to look at the tables
                with_many = _engine(self.conn_string_for_shard(shard), NullPool)
                self._initdb(with_many)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        if shard not in self._engines:
            self._engines[shard] = _engine(self.conn_string_for_shard(shard), StaticPool)
        self._engines.move_to_end(shard)
        if len(self._engines) > ENGINES_KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _engine(address: str, pool: type[Pool]) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(
        address,
        poolclass=pool,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    sqlalchemy.event.listen(engine, "connect", _do_not_wait_for_the_disk)
    return engine


def _do_not_wait_for_the_disk(connection: Any, _record: Any) -> None:
    """With a write-ahead log a power cut costs the last events, never the log."""
    connection.execute("pragma synchronous = normal")
