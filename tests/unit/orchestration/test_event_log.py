"""Our event log and Dagster's own write the same files."""

import sqlite3

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from locus_pipeline.orchestration import event_log
from locus_pipeline.orchestration.event_log import EventLog
from locus_pipeline.orchestration.instance import open_instance
from locus_pipeline.settings import Settings


@dg.asset
def thing() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(tmp_path / "home")


def test_what_is_written_here_is_read_by_dagster_and_the_other_way_round(settings):
    events = []
    with open_instance(settings) as instance:
        result = dg.materialize([thing], instance=instance)
        events.append([event.timestamp for event in instance.all_logs(result.run_id)])
    with dg.DagsterInstance.from_config(str(settings.home / "dagster")) as instance:
        assert type(instance.event_log_storage) is not EventLog
        assert [event.timestamp for event in instance.all_logs(result.run_id)] == events[0]
        [record] = instance.fetch_materializations(thing.key, limit=1).records
        assert record.asset_materialization.metadata["rows"].value == 3
        again = dg.materialize([thing], instance=instance)
        events.append([event.timestamp for event in instance.all_logs(again.run_id)])
    with open_instance(settings) as instance:
        assert [event.timestamp for event in instance.all_logs(again.run_id)] == events[1]
        assert len(instance.fetch_materializations(thing.key, limit=9).records) == 2


def test_a_connection_serves_many_events(settings, monkeypatch):
    """Dagster's own makes an engine and a connection for each: thousands."""
    connections = []
    real = event_log._do_not_wait_for_the_disk
    monkeypatch.setattr(
        event_log,
        "_do_not_wait_for_the_disk",
        lambda connection, record: connections.append(connection) or real(connection, record),
    )
    with open_instance(settings) as instance:
        dg.materialize([thing], instance=instance)
        before = len(connections)
        result = dg.materialize([thing], instance=instance)
        assert len(instance.all_logs(result.run_id)) > 10
        # as the file of the new run is made, and the one that stays; that of the index stays too
        assert len(connections) - before <= 6
        kept = connections[-1]
    assert issubclass(EventLog, SqliteEventLogStorage)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        kept.execute("select 1")


def test_files_beyond_those_kept_are_closed(settings, monkeypatch):
    monkeypatch.setattr(event_log, "ENGINES_KEPT", 2)
    with open_instance(settings) as instance:
        runs = [dg.materialize([thing], instance=instance).run_id for _ in range(3)]
        assert all(instance.all_logs(run) for run in runs)
        assert len(instance.event_log_storage._engines) == 2
        instance.wipe()
        assert instance.get_runs() == []
        assert instance.all_logs(dg.materialize([thing], instance=instance).run_id)
