"""Files in whole or not at all, and tables of pandas as Parquet."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from locus_pipeline.unfinished import unfinished


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name aside to write to, in the same folder; it takes the place of `path` when it is done.

    A reader sees the old file or the new one; where writing fails, the old one stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = unfinished(path)
    try:
        yield aside
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def write_parquet(frame: pd.DataFrame, path: Path, types: Mapping[str, str] | None = None) -> None:
    """All columns as they are, or those of `types` (name -> DuckDB type) in its order."""
    casts = [f'cast("{name}" as {kind}) as "{name}"' for name, kind in (types or {}).items()]
    with duckdb.connect() as connection, replacing(path) as aside:
        connection.register("frame", frame)
        connection.execute(
            f"copy (select {', '.join(casts) or '*'} from frame) to $path (format parquet)",
            {"path": str(aside)},
        )


def read_parquet(paths: list[Path]) -> pd.DataFrame:
    """The rows of one file or several, by column name."""
    with duckdb.connect() as connection:
        return connection.execute(
            "select * from read_parquet(?, union_by_name = true)", [[str(path) for path in paths]]
        ).df()
