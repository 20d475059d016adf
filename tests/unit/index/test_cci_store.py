"""Tables of the index on disk: whole, sound, or computed again with the history they had."""

import os
from dataclasses import replace

import pandas as pd
import pytest

from locus_pipeline.files import loose, write_parquet
from locus_pipeline.index.inputs import SCREENING
from locus_pipeline.index.published import published_files
from locus_pipeline.index.seal import (
    IncompleteIndexError,
    descriptions,
    index_identity,
    seal_published,
    table_path,
)
from locus_pipeline.index.store import Edition, Store, freeze, read_frozen
from locus_pipeline.records import DamagedError
from locus_pipeline.settings import Settings
from tests.support.disk import HARMS, flip

FIRST = Edition(
    basis=SCREENING, period="2022-23", edition_id="aaaaaaaaaaaa", label="x",
    method_version="2026.1", method_hash="m", values_hash="1", goalposts_hash="g",
    earlier_hash="e", seed=7, runs=10,
    objects_considered=2, objects_eligible=1, objects_ranked=1, is_synthetic=False,
)  # fmt: skip
SECOND = replace(FIRST, edition_id="bbbbbbbbbbbb", values_hash="2")
STORED = {
    "scores": pd.DataFrame({"object_id": ["one"], "score": [50.0]}),
    "eligibility": pd.DataFrame({"object_id": ["one"], "eligible": [True]}),
}
DRAWS = pd.DataFrame({"run": [1], "score": [49.0]})


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def store(settings) -> Store:
    store = Store(settings, SCREENING)
    store.write(FIRST, STORED, DRAWS)
    store.write(SECOND, STORED, DRAWS)
    return store


@pytest.mark.parametrize("harm", [*HARMS, os.remove])
@pytest.mark.parametrize(
    "place", ["scores/2022-23.parquet", "draws/2022-23.parquet", "current/2022-23.json"]
)
def test_a_damaged_period_is_computed_again_and_keeps_its_history(store, place, harm):
    before = store.current("2022-23")
    assert (before.state, before.supersedes) == ("corrected", FIRST.edition_id)
    history = store.editions()
    harm(store.folder / place)
    assert store.current("2022-23") is None
    if place.startswith("current") and harm is os.remove:
        assert store.damage("2022-23") == ""
    else:
        assert str(store.folder / place) in store.damage("2022-23")
    assert store.write(SECOND, STORED, DRAWS) == before
    assert store.current("2022-23") == before and store.editions() == history
    # another edition takes the place of the last one though its own record was lost
    harm(store.folder / place)
    third = store.write(replace(FIRST, edition_id="cccccccccccc", values_hash="3"), STORED, DRAWS)
    assert (third.state, third.supersedes) == ("corrected", SECOND.edition_id)


def test_a_damaged_record_of_the_history_is_said(store, caplog):
    path = store.folder / "editions" / f"2022-23-{FIRST.edition_id}.json"
    flip(path)
    assert [edition.edition_id for edition in store.editions()] == [SECOND.edition_id]
    assert str(path) in caplog.text


def test_a_killed_run_leaves_no_half_of_a_period(store, monkeypatch):
    written = []

    def write_until_killed(rows, path, *rest):
        if len(written) == 1:
            raise KeyboardInterrupt
        written.append(path)
        write_parquet(rows, path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr("locus_pipeline.index.store.write_parquet", write_until_killed)
        with pytest.raises(KeyboardInterrupt):
            store.write(replace(FIRST, edition_id="cccccccccccc"), STORED, DRAWS)
    assert store.current("2022-23") is None


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_goalposts_are_none(tmp_path, harm):
    path = tmp_path / "frozen" / "2026.1-real.parquet"
    assert read_frozen(path).empty
    freeze(pd.DataFrame({"minimum": [1.0]}), path)
    assert list(read_frozen(path).minimum) == [1.0]
    harm(path)
    with pytest.raises(DamagedError, match=r"2026\.1-real"):
        read_frozen(path)


def test_goalposts_of_an_older_version_stay_frozen(tmp_path):
    path = tmp_path / "2026.1-real.parquet"
    write_parquet(pd.DataFrame({"minimum": [1.0]}), path)
    assert list(read_frozen(path).minimum) == [1.0]


def test_draws_and_scores_are_for_their_owner_alone(store, settings):
    assert list(loose(settings.index)) == []


@pytest.fixture
def published(settings) -> Settings:
    for table in descriptions()["tables"]:
        write_parquet(pd.DataFrame({"score": [1.0]}), table_path(settings, table))
    seal_published(settings, "inputs", [])
    return settings


def test_all_tables_of_the_index_are_published_or_none(published):
    assert len(published_files(published, "inputs")) == len(descriptions()["tables"])
    table_path(published, "cci_scores").unlink()
    with pytest.raises(IncompleteIndexError, match=r"cci_scores\.parquet is missing"):
        published_files(published, "inputs")


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_table_of_the_index_is_not_published(published, harm):
    harm(table_path(published, "cci_scores"))
    with pytest.raises(IncompleteIndexError, match="cci_scores"):
        published_files(published, "inputs")


def test_tables_of_other_inputs_or_without_a_survey_year_are_not_published(published):
    with pytest.raises(IncompleteIndexError, match="other data"):
        published_files(published, "inputs of another run")
    seal_published(published, "inputs", ["2022-23"])
    with pytest.raises(IncompleteIndexError, match="2022-23 is not computed"):
        published_files(published, "inputs")


def test_an_index_that_was_never_written_is_not_published(settings):
    with pytest.raises(IncompleteIndexError, match="not there yet"):
        published_files(settings, "inputs")


def test_the_identity_of_the_index_is_that_of_its_editions(published):
    path = table_path(published, "cci_editions")
    identities = []
    for ids in (["a", "b"], ["b", "a"], ["a", "c"]):
        write_parquet(pd.DataFrame({"edition_id": ids}), path)
        identities.append(index_identity(published))
    assert identities[0] == identities[1] != identities[2]
