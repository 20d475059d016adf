"""Tables of pandas as Parquet files, in whole or not at all."""

import os
from pathlib import Path

import duckdb
import pandas as pd


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Aside, then renamed: a reader sees the old table or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute("copy frame to $path (format parquet)", {"path": str(aside)})
    os.replace(aside, path)


def read_parquet(paths: list[Path]) -> pd.DataFrame:
    """The rows of one file or several, by column name."""
    with duckdb.connect() as connection:
        return connection.execute(
            "select * from read_parquet(?, union_by_name = true)", [[str(path) for path in paths]]
        ).df()
