"""Settings are used as they are meant, or refused in one line."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.settings import CHECKOUT, UNUSABLE_IN_PATHS, Settings, SettingsError


@pytest.fixture
def given_setting(monkeypatch):
    def settings(name: str, value: str) -> Settings:
        monkeypatch.setenv(name, value)
        return Settings.from_environment(Path("/x"))

    return settings


@pytest.mark.parametrize("value", ["4GB", "512MB", "2.5 GiB", "1tb", " 8GB "])
def test_memory_limits_pass(given_setting, value):
    assert given_setting("LOCUS_MEMORY_LIMIT", value).memory_limit == value.strip()


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_setting_is_none(given_setting, value):
    assert given_setting("LOCUS_MEMORY_LIMIT", value).memory_limit == "4GB"
    assert given_setting("LOCUS_THREADS", value).threads is None


@pytest.mark.parametrize(
    "value",
    ["4", "-5GB", "garbage", "80%", "GB", "1KB", "0GB", "1e9GB", "4GB; drop table x", "\uff14GB"],
)
def test_other_memory_limits_are_one_line(given_setting, value):
    with pytest.raises(SettingsError, match=r"LOCUS_MEMORY_LIMIT .* like 4GB") as error:
        given_setting("LOCUS_MEMORY_LIMIT", value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", ["²", "0", "-1", "4.5", "four", "٤", "9" * 5000])
def test_other_threads_are_one_line(given_setting, value):
    with pytest.raises(SettingsError, match="LOCUS_THREADS"):
        given_setting("LOCUS_THREADS", value)


@pytest.mark.parametrize("value", ["99999", "1"])
def test_threads_are_bounded_by_the_cores(given_setting, value):
    assert given_setting("LOCUS_THREADS", value).threads == min(int(value), os.cpu_count())


@pytest.mark.parametrize("character", [*UNUSABLE_IN_PATHS, "\n", "\t", "\u202e"])
def test_a_home_that_the_database_would_misread_is_refused(character):
    """Dagster globs for its dagster.yaml, DuckDB for Parquet; `?`, `#`, `%`, `;` end or change a
    database's address. Telemetry was on and the user's folder written to before anybody saw it."""
    with pytest.raises(SettingsError, match="choose another LOCUS_HOME") as error:
        Settings.from_environment(Path(f"/tmp/a {character}b"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("home", ["\0", "~no-such-user-here/x"])
def test_what_is_no_path_is_refused(home):
    with pytest.raises(SettingsError, match="is no folder"):
        Settings.from_environment(Path(home))


@given(st.text(max_size=30))
def test_any_home_is_used_whole_or_refused(name):
    try:
        home = Settings.from_environment(Path("/tmp") / "h" / name).home
    except SettingsError:
        return
    assert home.is_absolute() and not set(str(home)) & set(UNUSABLE_IN_PATHS)


def test_an_empty_home_is_the_checkouts(monkeypatch):
    monkeypatch.setenv("LOCUS_HOME", "")
    assert Settings.from_environment().home == CHECKOUT / "data"


def test_a_home_below_a_file_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"can't be made .*choose another LOCUS_HOME"):
        Settings(home=tmp_path / "file" / "home").require_writable()


def test_a_home_that_is_read_only_is_one_line(tmp_path, monkeypatch):
    # the tests may run as root, whom no permission stops
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SettingsError, match="can't be written to; choose another LOCUS_HOME"):
        Settings(home=tmp_path).require_writable()
