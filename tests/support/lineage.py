"""What a dbt model rests on, from the manifest: keeps the two bases of the index apart."""

import json
from graphlib import TopologicalSorter
from pathlib import Path


def manifest_of(compiled: Path) -> dict:
    """The manifest beside the compiled models."""
    return json.loads((compiled.parents[2] / "manifest.json").read_text())


def ancestors(manifest: dict, model: str) -> set[str]:
    """Everything above a model, by dbt's own ids, like seed.locus.states."""
    above: set[str] = set()
    waiting = [f"model.locus.{model}"]
    while waiting:
        new = set(manifest["parent_map"][waiting.pop()]) - above
        above |= new
        waiting += new
    return above


def schemas(manifest: dict) -> dict[str, str]:
    """Model -> the schema of the warehouse that holds it."""
    return {
        node["name"]: node["schema"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def parents(manifest: dict) -> dict[str, list[str]]:
    """Model -> the models that it is made of; each stands after those."""
    models = {
        name: [above.split(".")[-1] for above in manifest["parent_map"][name] if is_model(above)]
        for name in manifest["parent_map"]
        if is_model(name)
    }
    made_of = {name.split(".")[-1]: above for name, above in models.items()}
    return {name: made_of[name] for name in TopologicalSorter(made_of).static_order()}


def is_model(identifier: str) -> bool:
    return identifier.startswith("model.")


def seeds_of(manifest: dict, folder: str) -> set[str]:
    """Seeds that lie in a folder below seeds/."""
    return {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed" and node["fqn"][1] == folder
    }
