"""A part of the dbt project alone: what it rests on is there, or is named in one sentence."""

import json

import duckdb
import pytest

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.inputs import (
    InputsNotBuiltError,
    built_warehouse,
    check_inputs_are_built,
)

PARENTS = {
    "states": [],
    "stg_factory": ["a source"],
    "factory": ["stg_factory", "states"],
    "cluster_year": ["factory"],
    "cluster_state_year": ["factory", "states"],
    "clusters_are_in_states": ["cluster_state_year", "cluster_year"],
}


@pytest.fixture
def manifest(tmp_path):
    nodes = {
        name: {
            "name": name,
            "schema": "marts",
            "alias": name,
            # a seed's has no list of nodes at all
            "depends_on": {"nodes": parents} if parents else {"macros": []},
        }
        for name, parents in PARENTS.items()
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes}))
    return path


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def build(settings, *names):
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema if not exists marts")
        for name in names:
            kind = "view" if name.startswith("stg_") else "table"
            warehouse.execute(f"create {kind} marts.{name} as select 1 as state_code")


def refused(settings, manifest, *wanted) -> str:
    with pytest.raises(InputsNotBuiltError) as error:
        check_inputs_are_built(settings, manifest, wanted)
    return str(error.value)


def test_everything_and_what_rests_on_nothing_need_no_warehouse(settings, manifest):
    check_inputs_are_built(settings, manifest, PARENTS)
    check_inputs_are_built(settings, manifest, ["states", "stg_factory"])


def test_what_is_missing_is_named_with_what_to_select(settings, manifest):
    assert refused(settings, manifest, "cluster_year") == (
        "cluster_year: factory, states, stg_factory must be in the warehouse first; materialise "
        "the upstream assets too (+cluster_year), or everything with `locus run`"
    )
    said = refused(settings, manifest, "cluster_year", "cluster_state_year", "states")
    assert said.startswith("cluster_state_year, cluster_year: factory, stg_factory must be")


def test_what_is_built_or_built_along_is_not_missing(settings, manifest):
    build(settings, "states", "stg_factory")
    check_inputs_are_built(settings, manifest, ["factory", "cluster_year"])
    assert refused(settings, manifest, "cluster_year").startswith("cluster_year: factory must be")
    build(settings, "factory")
    check_inputs_are_built(settings, manifest, ["cluster_year"])


def test_a_model_that_was_added_above_is_missing_too(settings, manifest):
    """A home of an older version: the parent is there, and is not what it is made of now."""
    build(settings, "stg_factory", "factory")
    assert refused(settings, manifest, "cluster_year").startswith("cluster_year: states must be")


def test_a_test_alone_needs_all_that_it_reads(settings, manifest):
    build(settings, "states", "stg_factory", "factory", "cluster_year")
    said = refused(settings, manifest, "clusters_are_in_states")
    assert said.startswith("clusters_are_in_states: cluster_state_year must be")


def test_names_are_few(settings, tmp_path):
    nodes = {
        f"seed_{number}": {"name": f"seed_{number}", "schema": "s", "alias": "a", "depends_on": {}}
        for number in range(9)
    }
    nodes["mart"] = {"name": "mart", "depends_on": {"nodes": list(nodes)}}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes}))
    assert refused(settings, path, "mart").startswith("mart: seed_0, seed_1, seed_2 and 6 more ")


def test_a_table_that_is_read_and_was_never_built_is_named(settings):
    nothing = pytest.raises(InputsNotBuiltError, match="nothing was built yet; materialise the up")
    with nothing, built_warehouse(settings):
        pass
    build(settings, "states")
    absent = pytest.raises(InputsNotBuiltError, match=r"^edition was not built in this home yet; ")
    with absent, built_warehouse(settings) as warehouse:
        warehouse.execute("from marts.edition")
    with pytest.raises(duckdb.CatalogException), built_warehouse(settings) as warehouse:
        warehouse.execute("select no_such_function(1)")
