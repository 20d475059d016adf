"""Tables of the index on disk: whole, sound, or computed again with the history they had."""

import errno
import os
from dataclasses import replace

import pandas as pd
import pytest

from locus_pipeline.files import DiskError, loose, write_parquet
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
from tests.support.disk import HARMS, SOME_OR_ALL, Disk, PowerCutError, calls_of, flip

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


@pytest.mark.parametrize("some", SOME_OR_ALL)
def test_a_power_cut_or_a_failing_disk_leaves_a_period_whole_or_none(store, some):
    """At each call that writes: the old edition, the new one, or none; the history goes on."""
    failures = (PowerCutError(), OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "broken"))

    def numbered(number: int) -> tuple[Edition, dict[str, pd.DataFrame]]:
        scores = pd.DataFrame({"object_id": ["one"], "score": [float(number)]})
        edition = replace(FIRST, edition_id=f"{number:012d}", values_hash=str(number))
        return edition, STORED | {"scores": scores}

    store.write(*numbered(1), DRAWS)
    for count, call in enumerate(calls_of(lambda: store.write(*numbered(1), DRAWS), some), start=1):
        old, (edition, tables) = store.current("2022-23"), numbered(count + 1)
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, failures[call % len(failures)], call)
            with pytest.raises((PowerCutError, DiskError)):
                store.write(edition, tables, DRAWS)
        current = store.current("2022-23")
        if current:
            assert current.edition_id in (old.edition_id, edition.edition_id)
            shown = store.read("scores", "2022-23").score.tolist()
            assert shown == [float(int(current.edition_id))]
        assert store.lost_history() == []
        store.write(edition, tables, DRAWS)
        current = store.current("2022-23")
        assert (current.edition_id, current.state) == (edition.edition_id, "corrected")
        assert current.supersedes == old.edition_id
        assert store.read("scores", "2022-23").score.tolist() == [count + 1]
    ids = [entry.edition_id for entry in store.editions()]
    assert len(ids) == len(set(ids)) == count + 3, "no edition of the history is lost"


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


def test_draws_and_scores_are_for_their_owner_alone(tmp_path):
    tmp_path.chmod(0o755)  # where the folder above is closed, all in it is
    settings = Settings(home=tmp_path / "home")
    Store(settings, SCREENING).write(FIRST, STORED, DRAWS)
    assert settings.home.stat().st_mode & 0o055
    assert settings.index.is_dir() and list(loose(settings.index)) == []


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
