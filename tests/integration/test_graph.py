"""The whole graph as a snapshot: keys, dependencies, groups, partitions, owners, kinds and checks.

After a change that is meant, `UPDATE_SNAPSHOT=1 make test` writes it anew; read the diff.
"""

import json
import os
import shutil
from pathlib import Path

import dagster as dg
import pytest

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse import dbt as project
from tests.support.lineage import schemas

SNAPSHOT = Path(__file__).parent / "graph.json"
# The road, station by station: what the pages show as groups of assets.
STATIONS = (
    "survey", "rounds", "reference", "definitions", "factory", "estimates", "indicators", "facts",
    "index", "registry", "quality", "edition",
)  # fmt: skip


def graph_of(definitions) -> dict:
    graph = definitions.resolve_asset_graph()
    checks: dict[str, list[str]] = {}
    for check in graph.asset_check_keys:
        checks.setdefault(check.asset_key.to_user_string(), []).append(check.name)
    nodes = {}
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        name = key.to_user_string()
        nodes[name] = {
            "group": node.group_name,
            "deps": sorted(parent.to_user_string() for parent in node.parent_keys),
            "partitioned": node.is_partitioned,
            "kinds": sorted(node.kinds),
            "owners": sorted(str(owner) for owner in node.owners),
            "checks": sorted(checks.get(name, [])),
        }
    return nodes


def test_graph_is_as_recorded(bare_home):
    nodes = graph_of(bare_home.definitions)
    text = json.dumps(nodes, indent=1, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(text)
    assert json.loads(SNAPSHOT.read_text()) == nodes


def test_every_asset_says_what_it_is_and_whose(bare_home):
    graph = bare_home.definitions.resolve_asset_graph()
    assert "SQL" not in graph.get(dg.AssetKey("states")).description, "a seed has none"
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key
        assert node.group_name != "default", key


def ways_back(graph) -> list[str]:
    """Assets that rest on an asset of a later station. Without one, groups can make no circle."""
    return [
        f"{key.to_user_string()} ({node.group_name}) rests on "
        f"{parent.to_user_string()} ({graph.get(parent).group_name})"
        for key in sorted(graph.get_all_asset_keys())
        for node in [graph.get(key)]
        for parent in sorted(node.parent_keys)
        if STATIONS.index(graph.get(parent).group_name) > STATIONS.index(node.group_name)
    ]


def test_groups_are_the_stations_of_one_road(bare_home):
    graph = bare_home.definitions.resolve_asset_graph()
    groups = {graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert groups == set(STATIONS)
    assert ways_back(graph) == []


def test_a_way_back_is_found(make_home):
    definitions = make_home("back").definitions
    assets = [
        asset.map_asset_specs(
            lambda spec: (
                spec.merge_attributes(deps=["cluster_year"])
                if spec.key == _key("facts_round")
                else spec
            )
        )
        if isinstance(asset, dg.AssetsDefinition)
        else asset
        for asset in definitions.assets
    ]
    graph = dg.Definitions(assets=assets, resources=definitions.resources).resolve_asset_graph()
    assert ways_back(graph) == ["facts_round (rounds) rests on cluster_year (estimates)"]


def test_what_is_published_is_marked(bare_home):
    """The marts, all of them, and nothing else of the warehouse."""
    graph = bare_home.definitions.resolve_asset_graph()
    marked = {key.to_user_string() for key in graph.get_all_asset_keys() if _marked(graph, key)}
    manifest = json.loads(project.ensure_manifest(bare_home.settings).read_text())
    assert marked == {name for name, schema in schemas(manifest).items() if schema == "marts"}
    edition = {key.to_user_string() for key in graph.get(_key("published_edition")).parent_keys}
    assert edition - {"cci_tables"} == marked


def test_exposures_name_what_they_rest_on(bare_home):
    graph = bare_home.definitions.resolve_asset_graph()
    manifest = json.loads(project.ensure_manifest(bare_home.settings).read_text())
    rests_on = {
        exposure["name"]: {node.split(".")[-1] for node in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }
    marts = {name for name, schema in schemas(manifest).items() if schema == "marts"}
    assert rests_on["edition"] == marts
    index = {key for key in graph.get_all_asset_keys() if graph.get(key).group_name == "index"}
    index.add(_key("cci_tables"))
    read = {parent for key in index for parent in graph.get(key).parent_keys} - index
    assert {_key(name) for name in rests_on["cluster_competitiveness_index"]} == read


def _marked(graph, key: dg.AssetKey) -> bool:
    node = graph.get(key)
    assert ("published" in node.kinds) == ("published" in node.tags), key
    return "published" in node.kinds


def test_every_test_of_the_warehouse_is_a_check(bare_home):
    """A singular test of several models is one only where its config names the model."""
    manifest = json.loads(project.ensure_manifest(bare_home.settings).read_text())
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    checks = {key.name for key in bare_home.definitions.resolve_asset_graph().asset_check_keys}
    assert len(tests) > 200
    assert tests - checks == set()


def test_the_rules_of_a_table_are_one_check_that_says_them(bare_home):
    """A node of dbt's, a query and some events for each rule cost half of a small run."""
    manifest = json.loads(project.ensure_manifest(bare_home.settings).read_text())
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    kinds = {node["test_metadata"]["name"] for node in tests if node.get("test_metadata")}
    assert kinds == {"rules", "none_found", "relationships"}
    of_tables = [node["name"] for node in tests if node["name"].endswith("_rules")]
    assert len(of_tables) > 150
    assert "factory_rules" in of_tables
    graph = bare_home.definitions.resolve_asset_graph()
    described = {key.name: graph.get_check_spec(key).description for key in graph.asset_check_keys}
    assert all(described[name] for name in of_tables)
    assert "Once each: survey_year, factory_id" in described["factory_rules"]


def test_homes_share_what_was_parsed(tmp_path):
    """A new home, with other settings, parses nothing."""
    first = Settings(tmp_path / "first")
    project.ensure_manifest(first)
    for settings in (first, Settings(tmp_path / "other", memory_limit="1GB", threads=1)):
        done = project.run_dbt(settings, "parse", target=settings.home / "dbt")
        assert done.returncode == 0, done.stdout
        assert "Unable to do partial parsing" not in done.stdout
        assert "partial parse" not in done.stdout.lower()


def test_every_block_reaches_the_edition(bare_home):
    graph = bare_home.definitions.resolve_asset_graph()
    above = {
        key.to_user_string() for key in graph.get_ancestor_asset_keys(_key("published_edition"))
    }
    assert {f"asi_block_{letter}" for letter in "abcdefghij"} <= above
    assert "asi_release" in above


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A fresh clone's dbt project and seeds."""
    checkout = tmp_path / "clone"
    shutil.copytree(
        project.PROJECT_DIR,
        checkout / "dbt_project",
        ignore=shutil.ignore_patterns("target", "logs"),
    )
    shutil.copytree(project.SEEDS_DIR, checkout / "seeds")
    monkeypatch.setattr(project, "PROJECT_DIR", checkout / "dbt_project")
    monkeypatch.setattr(project, "SEEDS_DIR", checkout / "seeds")
    return checkout


def test_definitions_load_in_a_fresh_clone(clone, tmp_path):
    """Without a manifest lying around, one is parsed; with one, it is used as it is."""
    settings = Settings(home=tmp_path / "home")
    manifest = project.ensure_manifest(settings)
    written = manifest.stat().st_mtime_ns
    assert clone in manifest.parents
    assert "model.locus.cluster_state_year" in json.loads(manifest.read_text())["nodes"]
    assert project.ensure_manifest(settings).stat().st_mtime_ns == written
    # cut, as a full disk leaves it
    manifest.write_bytes(manifest.read_bytes()[:1000])
    assert json.loads(project.ensure_manifest(settings).read_text())["nodes"]


def test_a_read_only_checkout_is_left_as_it_is(clone, tmp_path, monkeypatch):
    before = sorted(clone.rglob("*"))
    # the tests may run as root, whom no permission stops
    monkeypatch.setattr(os, "access", lambda path, mode: clone not in [path, *path.parents])
    settings = Settings(home=tmp_path / "home")
    manifest = project.ensure_manifest(settings)
    assert settings.home in manifest.parents
    assert sorted(clone.rglob("*")) == before


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name)
