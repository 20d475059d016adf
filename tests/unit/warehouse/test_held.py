"""Which nodes hold: a change of a reference table, a source or a test reaches what is below it."""

import json
import os

import duckdb
import pandas as pd
import pytest

from locus_pipeline.files import write_parquet
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse import held
from locus_pipeline.warehouse.held import Project

SEED = "seed.locus.words"
OTHER = "seed.locus.others"
MODELS = {
    "model.locus.of_words": [SEED],
    "model.locus.of_both": ["model.locus.of_words", OTHER],
    "model.locus.of_rounds": ["source.locus.facts.rounds"],
    "model.locus.of_years": ["source.locus.asi.block_a"],
    "test.locus.words_are_known": ["model.locus.of_words"],
}


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    """A home with a round and a survey year, and a project of two seeds."""
    settings = Settings(tmp_path / "home")
    checkout = tmp_path / "checkout"
    for folder in (settings.raw / "catalogue", settings.rounds / "rounds", checkout / "seeds"):
        folder.mkdir(parents=True)
    for name in ("words", "others"):
        (checkout / "seeds" / f"{name}.csv").write_text("code\n1\n")
    for path in ("catalogue/ingestion", "catalogue/survey_years"):
        write_parquet(pd.DataFrame({"survey_year": ["2009-10"]}), settings.raw / f"{path}.parquet")
    write_parquet(pd.DataFrame({"round": ["a"]}), settings.rounds / "rounds" / "a.parquet")
    monkeypatch.setattr(held, "CHECKOUT", checkout)
    monkeypatch.setattr(held, "project_files", list)
    monkeypatch.setattr(held, "computing_code", lambda: "the code")
    settings.warehouse.parent.mkdir()
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema built")
        warehouse.execute(
            "create table built.nodes (node varchar, version varchar, built_by varchar)"
        )
    return settings


def project(settings: Settings) -> Project:
    seeds = {
        key: {"resource_type": "seed", "name": key, "depends_on": {},
              "original_file_path": f"../seeds/{key.split('.')[-1]}.csv"}
        for key in (SEED, OTHER)
    }  # fmt: skip
    nodes = {
        key: {"resource_type": key.split(".")[0], "name": key, "depends_on": {"nodes": above}}
        for key, above in MODELS.items()
    }
    sources = {
        key: {"identifier": key.split(".")[-1]}
        for key in ("source.locus.facts.rounds", "source.locus.asi.block_a")
    }
    manifest = settings.home / "manifest.json"
    (held.CHECKOUT / "dbt_project").mkdir(exist_ok=True)
    manifest.write_text(json.dumps({"nodes": seeds | nodes, "sources": sources}))
    return Project(settings, manifest)


def build(settings: Settings, *only: str, **status: str) -> None:
    """As dbt's hooks do: of all nodes, or these, those are right that have no other status."""
    building = {key for key in (SEED, OTHER, *MODELS) if not only or key.split(".")[-1] in only}
    with project(settings).told(building):
        assert os.environ[held.RUN]
    assert held.RUN not in os.environ
    right = [key for key in building if key.split(".")[-1] not in status]
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "insert into built.nodes select node, version, 'us' from built.versions "
            "where list_contains($right, node)",
            {"right": right},
        )


def not_held(settings: Settings) -> set[str]:
    return {key.split(".")[-1] for key in {SEED, OTHER, *MODELS} - project(settings).held()}


def test_nothing_holds_that_was_not_built(settings):
    assert project(settings).held() == set()
    settings.warehouse.unlink()
    assert project(settings).held() == set()


def test_what_was_built_holds(settings):
    build(settings)
    assert not_held(settings) == set()


def test_what_was_not_found_right_is_done_again(settings):
    build(settings, words_are_known="warn")
    assert not_held(settings) == {"words_are_known"}


def test_a_changed_reference_table_reaches_what_is_below_it(settings):
    build(settings)
    (held.CHECKOUT / "seeds" / "others.csv").write_text("code\n1\n2\n")
    assert not_held(settings) == {"others", "of_both"}


def test_what_is_built_on_what_is_old_does_not_hold(settings):
    """A person built a model alone, after what is above it changed."""
    build(settings)
    (held.CHECKOUT / "seeds" / "words.csv").write_text("code\n1\n2\n")
    build(settings, "of_both")
    assert not_held(settings) == {"words", "of_words", "of_both", "words_are_known"}
    build(settings, "words", "of_words", "of_both", "words_are_known")
    assert not_held(settings) == set()


def test_another_round_reaches_what_rests_on_rounds(settings):
    build(settings)
    write_parquet(pd.DataFrame({"round": ["b"]}), settings.rounds / "rounds" / "b.parquet")
    assert not_held(settings) == {"of_rounds"}


def test_another_survey_year_reaches_what_rests_on_blocks(settings):
    build(settings)
    years = pd.DataFrame({"survey_year": ["2009-10", "2010-11"]})
    write_parquet(years, settings.raw / "catalogue" / "survey_years.parquet")
    assert not_held(settings) == {"of_years"}


def test_other_code_reaches_everything(settings, monkeypatch):
    build(settings)
    monkeypatch.setattr(held, "computing_code", lambda: "another")
    assert not_held(settings) == {key.split(".")[-1] for key in (SEED, OTHER, *MODELS)}
