"""Two editions, table by table: what a change of the code changed in the figures.

    python bench/compare_editions.py BEFORE AFTER [--tolerance 1e-12]

BEFORE and AFTER are editions' folders or their locus.duckdb. Every table and column of BEFORE must
stand in AFTER with equal values: texts, counts and nulls exactly, doubles to the tolerance.
What AFTER adds is listed. Exits with 1 where something differs.
"""

import argparse
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from locus_pipeline.publish.edition import PROVENANCE

# Names of an edition or of its method: they say that the code changed, not what a figure is.
VERSIONS = {"method_version", "edition_id", "definitions_version"}


def columns(edition: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The type of each column of each table."""
    rows = edition.sql(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where not internal and schema_name = 'main'"
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        tables.setdefault(table, {})[column] = data_type
    return tables


def rows_in_order(
    edition: duckdb.DuckDBPyConnection, table: str, exact: list[str], doubles: list[str]
) -> pd.DataFrame:
    """All rows, sorted by what must be equal exactly, then by the doubles to six digits."""
    texts = [f'coalesce(cast("{column}" as varchar), \'null\') as "{column}"' for column in exact]
    values = [f'"{column}"' for column in doubles]
    frame = edition.sql(f'select {", ".join(texts + values)} from "{table}"').df()
    rounded = frame[doubles].map(lambda value: float(f"{value:.6g}"))
    order = pd.concat([frame[exact], rounded], axis="columns")
    return frame.loc[order.sort_values(list(order.columns), kind="stable").index].reset_index(
        drop=True
    )


def differences(
    before: pd.DataFrame, after: pd.DataFrame, doubles: list[str], tolerance: float
) -> list[str]:
    """What differs between the rows of one table, a sentence each."""
    if len(before) != len(after):
        return [f"{len(before)} rows, now {len(after)}"]
    lines = []
    for column in before.columns:
        one, other = before[column], after[column]
        if column in doubles:
            same = np.isclose(one, other, rtol=tolerance, atol=0, equal_nan=True)
        else:
            same = (one == other).to_numpy()
        if not same.all():
            row = int(np.argmin(same))
            lines.append(
                f"{column}: {int((~same).sum())} of {len(same)} rows, first {one[row]!r}, "
                f"now {other[row]!r}"
            )
    return lines


def main() -> None:
    """Prints a line a table that differs, and what is new."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-12)
    arguments = parser.parse_args()
    editions = [
        duckdb.connect(str(path / "locus.duckdb" if path.is_dir() else path), read_only=True)
        for path in (arguments.before, arguments.after)
    ]
    before, after = map(columns, editions)
    wrong = 0
    for table in sorted(before):
        if table not in after:
            print(f"{table}: gone")
            wrong += 1
            continue
        left_out = VERSIONS | set(PROVENANCE.get(table, ()))
        shared = [name for name in before[table] if name in after[table] and name not in left_out]
        gone = [name for name in before[table] if name not in after[table]]
        doubles = [name for name in shared if before[table][name] in ("DOUBLE", "FLOAT")]
        exact = [name for name in shared if name not in doubles]
        said = [f"column {name} is gone" for name in gone] + differences(
            *(rows_in_order(edition, table, exact, doubles) for edition in editions),
            doubles,
            arguments.tolerance,
        )
        for sentence in said:
            print(f"{table}: {sentence}")
        wrong += bool(said)
        new = [name for name in after[table] if name not in before[table]]
        if new:
            print(f"{table}: new columns {', '.join(new)}")
    new = sorted(set(after) - set(before))
    print(f"{len(before)} tables compared, {wrong} differ; new: {', '.join(new) or 'none'}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
