"""The bare script from release files to totals: factories and persons by year, state and industry.

    python -m bench.totals RELEASES OUT --years Y,Y

Reads the ten blocks of each year as `bench.reading duckdb` does, and adds up what the open
factories of block A and the last row of block E print, weighted: figures that Locus publishes in
`nic_state_year`. It checks nothing, and knows neither clusters nor errors.
"""

import argparse
from pathlib import Path

import duckdb

from bench.reading import block_files, with_duckdb
from locus_pipeline.asi.layout import BLOCK_LETTERS, BlockLayout, load_layouts, row_schemes

NAME = "totals.parquet"


def total_row(year: str) -> int:
    """Serial number of the row of block E that adds up the persons."""
    scheme = row_schemes()[dict(load_layouts()[year].rows)["e"]]
    return dict(scheme.rows)["total"]


def write_totals(releases: Path, out: Path, years: list[str]) -> None:
    """OUT/totals.parquet."""
    parts = []
    for year in years:
        files = list(block_files(releases, [year], BLOCK_LETTERS))
        with_duckdb(iter(files), out)
        read = {layout.block: out / f"{path.stem}.parquet" for path, layout in files}
        parts.append(
            f"""
            select '{year}' as survey_year, {_state_code(files[0][1])} as state_code, nic_return,
                sum(units * a.multiplier) as factories, sum(persons * a.multiplier) as persons
            from '{read["a"]}' as a
            left join (from '{read["e"]}' where serial_number = {total_row(year)}) as e
                using (factory_key)
            where unit_status = 1
            group by all
            """
        )
    duckdb.connect().execute(
        f"copy ({' union all '.join(parts)}) to '{out / NAME}' (format parquet)"
    )


def _state_code(layout: BlockLayout) -> str:
    """The column of block A, or where its layout finds it in the key."""
    derived = {name: place for name, *place in layout.derived}
    if "state_code" not in derived:
        return "state_code"
    source, first, last = derived["state_code"]
    return f"substr({source}, {first}, {last - first + 1})"


def main() -> None:
    """All years, to its end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("releases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--years", required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    write_totals(given.releases, given.out, given.years.split(","))


if __name__ == "__main__":
    main()
