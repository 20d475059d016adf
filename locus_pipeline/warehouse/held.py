"""Which nodes of the dbt project hold: nothing that decides what is in them, or what is said of
them, is another one than when they were built.

The version of a node is a hash over the project's files, the code that computes, and the content of
all reference tables and sources above it, however far. The table built.nodes of the warehouse has
those of the nodes that dbt built and found right; what a build is about to touch leaves it first
(dbt_project/macros/built.sql). So a changed reference table has what depends on it built again, and
no more. Tests are nodes like others: one that warned or failed runs again.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from locus_pipeline.connection import connect
from locus_pipeline.files import content_hash
from locus_pipeline.fingerprint import fingerprint
from locus_pipeline.settings import CHECKOUT, Settings
from locus_pipeline.warehouse.dbt import PROJECT_DIR, project_files
from locus_pipeline.warehouse.method import computing_code

# Which run started dbt; dbt_plugin hands it on. Nobody sets it by hand.
RUN = "LOCUS_RUN"


class Project:
    """The nodes of a parsed project over a home, with their versions as they are now."""

    def __init__(self, settings: Settings, manifest: Path):
        parsed = json.loads(manifest.read_text())
        self.settings = settings
        self.nodes: dict[str, Any] = parsed["nodes"]
        self.ancestors: dict[str, frozenset[str]] = {}
        self.versions = self._versions(parsed["sources"])

    def held(self) -> set[str]:
        """Keys of the nodes that hold."""
        if not self.settings.warehouse.exists():
            return set()
        with (
            connect(self.settings, self.settings.warehouse, read_only=True) as warehouse,
            suppress(duckdb.CatalogException),
        ):
            rows = warehouse.execute("select node, version from built.nodes").fetchall()
            return {node for node, version in rows if self.versions.get(node) == version}
        return set()

    @contextmanager
    def told(self, building: Collection[str]) -> Iterator[None]:
        """dbt, started inside of this to build nodes of these names, knows the versions, and keeps
        those of the nodes that it finds right (dbt_project/macros/built.sql).

        It is told of those alone whose all above is built along or holds: one that is built on
        what is old is none of this version.
        """
        run = uuid4().hex
        there = self.held() | {key for key, node in self.nodes.items() if node["name"] in building}
        versions = {key: self.versions[key] for key in self.nodes if self._above(key) <= there}
        with connect(self.settings, self.settings.warehouse) as warehouse:
            warehouse.execute("create schema if not exists built")
            warehouse.execute(
                "create or replace table built.versions as select unnest($nodes) as node, "
                "unnest($versions) as version, $run as run",
                {"nodes": [*versions], "versions": [*versions.values()], "run": run},
            )
        os.environ[RUN] = run
        try:
            yield
        finally:
            del os.environ[RUN]

    def names(self, keys: Collection[str]) -> list[str]:
        """What dbt selects nodes by, what a node is made of before it."""
        downwards = sorted(keys, key=lambda key: (len(self._above(key)), key))
        return [self.nodes[key]["name"] for key in downwards]

    def _versions(self, sources: Mapping[str, Any]) -> dict[str, str]:
        contents = {
            key: _content(_files_behind(self.settings, source["identifier"]))
            for key, source in sources.items()
        } | {
            key: _content([CHECKOUT / "dbt_project" / node["original_file_path"]])
            for key, node in self.nodes.items()
            if node["resource_type"] == "seed"
        }
        project = fingerprint(
            (str(path.relative_to(PROJECT_DIR.parent)), path.read_bytes())
            for path in project_files()
            if path.suffix != ".csv"
        )

        code = ("code", f"{project} {computing_code()}".encode())
        return {
            key: fingerprint(
                [code, *((root, contents[root].encode()) for root in self._roots(key))]
            )
            for key in self.nodes
        }

    def _roots(self, key: str) -> set[str]:
        """The reference tables and sources that a node rests on, or is."""
        above = self._above(key) | {key}
        sources = {
            parent
            for one in above
            for parent in self.nodes[one]["depends_on"].get("nodes", [])
            if parent not in self.nodes
        }
        return sources | {one for one in above if self.nodes[one]["resource_type"] == "seed"}

    def _above(self, key: str) -> frozenset[str]:
        """The nodes that a node is made of, however far above it."""
        if key not in self.ancestors:
            parents = {
                parent
                for parent in self.nodes[key]["depends_on"].get("nodes", [])
                if parent in self.nodes
            }
            self.ancestors[key] = frozenset(parents).union(*(self._above(p) for p in parents))
        return self.ancestors[key]


def _files_behind(settings: Settings, table: str) -> list[Path]:
    """The files that tell one content of a table of the schema `raw` from another (raw_views.sql);
    blocks are many and large, and known by what the catalogue says of them."""
    catalogue = settings.raw / "catalogue"
    if (catalogue / f"{table}.parquet").exists():
        return [catalogue / f"{table}.parquet"]
    if (settings.rounds / table).is_dir():
        return sorted((settings.rounds / table).glob("*.parquet"))
    return [catalogue / "ingestion.parquet", catalogue / "survey_years.parquet"]


def _content(files: list[Path]) -> str:
    return " ".join(f"{path.name} {content_hash(path)}" for path in files)
