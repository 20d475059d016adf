"""What a dbt model rests on, from the manifest: keeps the two bases of the index apart."""

import json
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


def seeds_of(manifest: dict, folder: str) -> set[str]:
    """Seeds that lie in a folder below seeds/."""
    return {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed" and node["fqn"][1] == folder
    }
