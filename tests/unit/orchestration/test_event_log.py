"""Our event log and Dagster's own write the same files."""

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


def test_an_engine_serves_many_events(settings, monkeypatch):
    """Dagster's own makes one for each: hundreds."""
    engines = []
    real = event_log.sqlalchemy.create_engine
    event_log._engine.cache_clear()
    monkeypatch.setattr(
        event_log.sqlalchemy, "create_engine", lambda *a, **k: engines.append(a) or real(*a, **k)
    )
    with open_instance(settings) as instance:
        result = dg.materialize([thing], instance=instance)
        assert len(instance.all_logs(result.run_id)) > 10
    assert issubclass(EventLog, SqliteEventLogStorage)
    assert len(engines) == 2
