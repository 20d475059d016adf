"""The reference tables: CSV files in folders below `seeds/`, known by their name."""

import csv
from functools import cache
from pathlib import Path

from locus_pipeline.settings import CHECKOUT

SEEDS_DIR = CHECKOUT / "seeds"


@cache
def reference_path(name: str) -> Path:
    """Where the reference table lies. Raises FileNotFoundError where no folder has it."""
    for path in SEEDS_DIR.rglob(f"{name}.csv"):
        return path
    raise FileNotFoundError(f"{name}.csv below {SEEDS_DIR}")


@cache
def reference_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a reference table, in their order: column -> text as it is written."""
    with reference_path(name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
