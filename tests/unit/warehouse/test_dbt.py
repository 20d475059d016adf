"""How dbt learns of a home: by the environment of its own process, and nowhere else."""

import os

import pytest

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.dbt import dbt_environment, run_dbt


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
