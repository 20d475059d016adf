"""What a part of the dbt project rests on: it can be built alone where that is built already."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from locus_pipeline.errors import LocusError
from locus_pipeline.settings import Settings

NAMED = 3
UPSTREAM = "materialise the upstream assets too, or everything with `locus run`"
# How DuckDB names a table that it hasn't got.
NO_TABLE = re.compile(r'Table with name "?(?P<table>[\w.]+)"? does not exist')


class InputsNotBuiltError(LocusError):
    """A part of the project was asked for whose seeds or models this home has not got."""


def check_inputs_are_built(settings: Settings, manifest: Path, wanted: Collection[str]) -> None:
    """Every seed and model above what is wanted is wanted too, or is in the warehouse.

    `wanted`: names of seeds, models and tests. Sources are no matter of the warehouse: they are
    files, which the catalogue writes before. Raises InputsNotBuiltError, with what to materialise.
    """
    nodes = json.loads(manifest.read_text())["nodes"]
    chosen = [key for key, node in nodes.items() if node["name"] in wanted]
    built = _relations(settings)
    missing: set[str] = set()
    resting: list[str] = []
    for key in chosen:
        above = {
            nodes[parent]["name"]
            for parent in _above(nodes, key) - set(chosen)
            if (nodes[parent]["schema"], nodes[parent]["alias"]) not in built
        }
        if above:
            missing |= above
            resting.append(nodes[key]["name"])
    if missing:
        raise InputsNotBuiltError(
            f"{_few(resting)}: {_few(missing)} must be in the warehouse first; materialise the "
            f"upstream assets too (+{min(resting)}), or everything with `locus run`"
        )


@contextmanager
def built_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse for an asset below the models, read only.

    Raises InputsNotBuiltError where it, or a table that is asked for, was never built.
    """
    if not settings.warehouse.exists():
        raise InputsNotBuiltError(f"{settings.warehouse}: nothing was built yet; {UPSTREAM}")
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        try:
            yield warehouse
        except duckdb.CatalogException as error:
            absent = NO_TABLE.search(str(error))
            if absent is None:
                raise
            raise InputsNotBuiltError(
                f"{absent['table']} was not built in this home yet; {UPSTREAM}"
            ) from error


def _above(nodes: Mapping[str, Any], key: str) -> set[str]:
    """All seeds and models that a node is made of, however far above it."""
    above: set[str] = set()
    new = [key]
    while new:
        for parent in nodes[new.pop()]["depends_on"].get("nodes", []):
            if parent in nodes and parent not in above:
                above.add(parent)
                new.append(parent)
    return above


def _relations(settings: Settings) -> set[tuple[str, str]]:
    """(schema, name) of each table and view of the warehouse."""
    if not settings.warehouse.exists():
        return set()
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return set(
            warehouse.execute(
                """
                select schema_name, table_name from duckdb_tables() where not internal
                union all
                select schema_name, view_name from duckdb_views() where not internal
                """
            ).fetchall()
        )


def _few(names: Collection[str]) -> str:
    """The first names, and how many more there are."""
    first = sorted(names)[:NAMED]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")
