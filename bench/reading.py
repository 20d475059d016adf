"""Reads block files of the panel release (fixed width), in one of four ways, as one process.

    python -m bench.reading locus|duckdb|polars|pandas RELEASES OUT [--years Y,Y] [--blocks abc]

`locus` checks each cell and keeps what it rejects; the others do what a short script does: cut each
line at the layout's places, trim, cast, and take what can't be cast as missing. All write Parquet
but pandas, whose `read_fwf` only reads. Prints the CPU and wall seconds of that, without the start
of the process, imports of Locus and its layouts, which only one of them would need.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from locus_pipeline.asi.layout import BLOCK_LETTERS, BlockLayout, Column, load_layouts
from locus_pipeline.asi.plain_records import Places, places_of
from locus_pipeline.asi.reader import read_block
from locus_pipeline.settings import Settings

RELEASE = "panel"
Files = Iterator[tuple[Path, BlockLayout]]


def block_files(releases: Path, years: list[str], blocks: str) -> Files:
    """Each block's file with its layout."""
    layouts = load_layouts()
    for year in years:
        for block in blocks:
            [layout] = layouts[year].release(RELEASE).parts(block)
            named = (releases / year / name for name in layout.files)
            yield next(path for path in named if path.exists()), layout


def with_locus(files: Files, out: Path) -> None:
    """As Locus reads a release."""
    layouts = load_layouts()
    settings = Settings.from_environment(out)
    for path, layout in files:
        release = layouts[layout.survey_year].release(RELEASE)
        rows, rejected = (out / f"{path.stem}{kind}" for kind in (".parquet", ".rejected"))
        read_block(path, release, (layout,), settings, rows, rejected, path.name)


def with_duckdb(files: Files, out: Path) -> None:
    """The bare script: one statement a block."""
    import duckdb

    connection = duckdb.connect()
    for path, layout in files:
        connection.execute(
            f"copy ({bare_select(path, layout)}) to '{out / path.stem}.parquet' "
            "(format parquet, compression zstd)"
        )


def bare_select(path: Path, layout: BlockLayout) -> str:
    """SELECT of a block's typed columns from its file."""
    columns = ", ".join(f"{_bare_value(column)} as {column.name}" for column in layout.columns)
    return (
        f"select {columns} from read_csv('{path}', columns = {{'line': 'VARCHAR'}}, "
        "delim = chr(31), quote = '', escape = '', header = false, auto_detect = false)"
    )


def _bare_value(column: Column) -> str:
    text = f"trim(substr(line, {column.start}, {column.width}))"
    if column.type == "text":
        return f"nullif({text}, '')"
    return f"try_cast({text} as {'bigint' if column.type == 'integer' else column.type})"


def with_polars(files: Files, out: Path) -> None:
    """The same as an expression for each column."""
    import polars as pl

    for path, layout in files:
        lines = pl.scan_csv(
            path, has_header=False, new_columns=["line"], separator="\x1f", quote_char=None,
            schema={"line": pl.String},
        )  # fmt: skip
        values = []
        for column in layout.columns:
            value = pl.col("line").str.slice(column.start - 1, column.width).str.strip_chars()
            if places := places_of(column.type):
                value = value.cast(_polars_type(places), strict=False)
            values.append(value.alias(column.name))
        lines.select(values).sink_parquet(out / f"{path.stem}.parquet", compression="zstd")


def _polars_type(places: Places) -> object:
    import polars as pl

    whole, decimals = places
    return pl.Decimal(whole + decimals, decimals) if decimals else pl.Int64


def with_pandas(files: Files, out: Path) -> None:
    """`read_fwf`, with the types of numbers left to it."""
    import pandas as pd

    for path, layout in files:
        pd.read_fwf(
            path,
            colspecs=[(column.start - 1, column.end) for column in layout.columns],
            names=[column.name for column in layout.columns],
            dtype={column.name: str for column in layout.columns if column.type == "text"},
        )


WAYS = {
    "locus": with_locus,
    "duckdb": with_duckdb,
    "polars": with_polars,
    "pandas": with_pandas,
}


def main() -> None:
    """One way, to its end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("releases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--years", default="2009-10")
    parser.add_argument("--blocks", default=BLOCK_LETTERS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    files = list(block_files(given.releases, given.years.split(","), given.blocks))
    cpu, wall = time.process_time(), time.monotonic()
    WAYS[given.way](iter(files), given.out)
    print(f"{time.process_time() - cpu:.3f} {time.monotonic() - wall:.3f}")


if __name__ == "__main__":
    main()
