"""The one place that opens DuckDB, within the memory and threads that the user gave.

Elsewhere `duckdb.connect` is banned (ruff, pyproject.toml). dbt opens the warehouse itself, within
the same limits (dbt_project/profiles.yml).
"""

from pathlib import Path
from typing import Any

import duckdb

from locus_pipeline.settings import Limits, Settings


def connect(
    settings: Settings | None = None,
    path: Path | None = None,
    *,
    read_only: bool = False,
    spill: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection to the database at `path`, or to one in memory.

    The limits are those of `settings`, or of the environment where a file is handled that belongs
    to no home. What doesn't fit into memory goes to `spill`, or the home's temporary folder. No
    extension is ever fetched or loaded unasked: nothing that is read may cause it.
    """
    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    limits = settings.limits if settings else Limits.from_environment()
    config["memory_limit"] = limits.memory
    if limits.threads:
        config["threads"] = limits.threads
    if settings:
        config["temp_directory"] = str(spill or settings.temporary)
    return duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
