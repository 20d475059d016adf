"""Dagster's event log in SQLite, without a new engine for each event.

Dagster's own storage makes one, and compiles its statements anew, for each of a run's thousands of
events: a fourth of what an event costs. The files are the same, so that whoever opens the
instance without this class (the pages, Dagster's own commands) reads and writes them too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import SqliteStorageConfig
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import NullPool

# A run writes into its own file and into the index of all runs.
ENGINES_KEPT = 16


class EventLog(SqliteEventLogStorage):
    """As Dagster's, with an engine kept for each file; no connection stays open."""

    @classmethod
    def from_config_value(  # type: ignore[override]  # as Dagster's own does
        cls, inst_data: ConfigurableClassData | None, config_value: SqliteStorageConfig
    ) -> "EventLog":
        """Called by Dagster's instance."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            engine = _engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection


@lru_cache(maxsize=ENGINES_KEPT)
def _engine(address: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(
        address, poolclass=NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
    )
    sqlalchemy.event.listen(engine, "connect", _do_not_wait_for_the_disk)
    return engine


def _do_not_wait_for_the_disk(connection: Any, _record: Any) -> None:
    """With a write-ahead log a power cut costs the last events, never the log."""
    connection.execute("pragma synchronous = normal")
