"""Every DuckDB that Locus opens keeps to the user's memory and threads: asked of DuckDB itself."""

import ast
import os

import duckdb
import pandas as pd
import pytest

from locus_pipeline.asi.ingest import write_schema_files
from locus_pipeline.connection import connect
from locus_pipeline.files import parquet_types, read_parquet, write_parquet
from locus_pipeline.fingerprint import PACKAGE
from locus_pipeline.publish.edition import publish, published_tables
from locus_pipeline.settings import Settings, SettingsError
from locus_pipeline.warehouse.dbt import run_dbt
from locus_pipeline.warehouse.soundness import unreadable
from tests.support.small_home import make_small_home

GIVEN = {"threads": 1, "memory_limit": "286.1 MiB"}
ASKED = "select current_setting('threads'), current_setting('memory_limit')"


def limits(connection) -> dict:
    [told] = connection.execute(ASKED).fetchall()
    return dict(zip(GIVEN, told, strict=True))


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(tmp_path / "home", memory_limit="300MB", threads=1)


@pytest.fixture
def opened(monkeypatch):
    """The limits of every DuckDB that is opened, whoever opens it."""
    seen = []
    real = duckdb.connect

    def recorded(*arguments, **options):
        connection = real(*arguments, **options)
        seen.append(limits(connection))
        return connection

    monkeypatch.setattr(duckdb, "connect", recorded)
    return seen


def test_the_limits_of_a_home(settings, opened):
    connect(settings).close()
    connect(settings, settings.home.parent / "new.duckdb").close()
    connect(settings, settings.home.parent / "new.duckdb", read_only=True).close()
    assert opened == [GIVEN] * 3


def test_without_a_home_the_limits_of_the_environment(tmp_path, monkeypatch, opened):
    monkeypatch.setenv("LOCUS_THREADS", "1")
    monkeypatch.setenv("LOCUS_MEMORY_LIMIT", "300MB")
    path = tmp_path / "frame.parquet"
    write_parquet(pd.DataFrame({"a": [1]}), path)
    assert list(read_parquet([path]).a) == [1]
    assert parquet_types(path) == {"a": "BIGINT"}
    assert opened == [GIVEN] * 3


def test_nothing_given_is_the_default(monkeypatch, opened):
    monkeypatch.delenv("LOCUS_THREADS", raising=False)
    monkeypatch.delenv("LOCUS_MEMORY_LIMIT", raising=False)
    connect().close()
    assert opened == [{"threads": os.cpu_count(), "memory_limit": "3.7 GiB"}]


def test_a_limit_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("LOCUS_THREADS", "many")
    with pytest.raises(SettingsError, match="LOCUS_THREADS"):
        connect()


def test_what_does_not_fit_goes_into_the_home_and_nothing_is_fetched(settings):
    with connect(settings) as connection:
        [told] = connection.execute(
            "select current_setting('temp_directory'), "
            "current_setting('autoinstall_known_extensions'), "
            "current_setting('autoload_known_extensions')"
        ).fetchall()
    assert told == (str(settings.temporary), False, False)


def test_reading_and_publishing_keep_to_them(settings, monkeypatch, opened):
    monkeypatch.setenv("LOCUS_THREADS", "1")
    monkeypatch.setenv("LOCUS_MEMORY_LIMIT", "300MB")
    make_small_home(settings)
    write_schema_files(settings)
    settings.warehouse.parent.mkdir(parents=True)
    with connect(settings, settings.warehouse) as warehouse:
        warehouse.execute("create schema marts")
        warehouse.execute(
            "create table marts.edition as select 'e1' as edition_id, true as is_synthetic"
        )
    assert unreadable(settings) == ""
    publish(settings)
    with published_tables(settings) as tables:
        assert tables.execute("select edition_id from edition").fetchall() == [("e1",)]
    assert len(opened) > 20 and opened == [GIVEN] * len(opened)


def test_nobody_opens_another():
    """As `make check` says too: whoever needs DuckDB asks connection.py for it."""
    openers = {
        module.relative_to(PACKAGE).as_posix()
        for module in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("duckdb.")
        and node.func.attr in ("connect", "sql", "query", "execute", "read_parquet", "from_df")
    }  # fmt: skip
    assert openers == {"connection.py"}


@pytest.mark.slow
def test_dbt_keeps_to_them(settings, tmp_path):
    make_small_home(settings)
    settings.warehouse.parent.mkdir(parents=True)
    done = run_dbt(
        settings, "show", "--inline", ASKED, "--output", "json", target=tmp_path / "target"
    )
    assert done.returncode == 0, done.stdout
    assert f'"{GIVEN["memory_limit"]}"' in done.stdout
    assert "\"current_setting('threads')\": 1" in done.stdout
