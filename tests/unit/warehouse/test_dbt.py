"""How dbt learns of a home: by the environment of its own process, and nowhere else."""

import os

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt_common.exceptions import DbtRuntimeError

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.dbt import PROJECT_DIR, dbt_environment, run_dbt
from locus_pipeline.warehouse.dbt_plugin import Plugin


def test_the_environment_is_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCUS_HOME", "another")
    monkeypatch.delenv("LOCUS_MEMORY_LIMIT", raising=False)
    before = dict(os.environ)
    with pytest.raises(KeyError), dbt_environment(Settings(tmp_path, memory_limit="1GB")):
        assert os.environ["LOCUS_HOME"] == str(tmp_path)
        assert os.environ["LOCUS_MEMORY_LIMIT"] == "1GB"
        raise KeyError
    assert dict(os.environ) == before


def test_what_dbt_says_is_handed_on(tmp_path):
    done = run_dbt(Settings(tmp_path), "no-such-command", target=tmp_path)
    assert done.returncode == 2
    assert "no-such-command" in done.stdout + done.stderr


def test_the_plugin_opens_the_warehouse_of_the_home_with_its_memory(tmp_path, monkeypatch):
    """What the profile does not say, so that all homes share what dbt parsed."""
    monkeypatch.setenv("LOCUS_HOME", str(tmp_path))
    monkeypatch.setenv("LOCUS_MEMORY_LIMIT", "1GB")
    profile = yaml.safe_load((PROJECT_DIR / "profiles.yml").read_text())
    given = profile["locus"]["outputs"]["duckdb"]
    assert "{{" not in str(given)
    credentials = DuckDBCredentials(path=given["path"], schema="main", database="locus")
    config = dict(given["config_options"])
    Plugin.update_connection_config(Plugin.__new__(Plugin), credentials, config)
    assert credentials.path == str(Settings(tmp_path).warehouse)
    with duckdb.connect(config=config) as connection:
        settings = connection.execute(
            "select current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchone()
    assert settings == ("953.6 MiB", str(Settings(tmp_path).temporary))


def test_a_build_by_hand_asks_for_a_whole_path(monkeypatch):
    monkeypatch.setenv("LOCUS_HOME", "data")
    with pytest.raises(DbtRuntimeError, match="LOCUS_HOME is data; give it as a whole path"):
        Plugin.initialize(Plugin.__new__(Plugin), {})
